namespace FastRing.VfioUser.Protocol;

/// <summary>Kinds of interrupts of a PCI device (linux/vfio.h, <c>VFIO_PCI_*_IRQ_INDEX</c>): INTx, MSI, MSI-X, errors, requests.</summary>
internal static class PciIrq
{
    public const uint Intx = 0;
    public const uint Msix = 2;

    /// <summary>Errors are told by PCI Express functions only: for others Linux's VFIO refuses to speak of it, and QEMU minds if somebody does.</summary>
    public const uint Error = 3;

    public const uint Count = 5;
}
