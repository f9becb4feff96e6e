namespace FastRing.VfioUser.Protocol;

/// <summary>Kinds of interrupts of a PCI device (linux/vfio.h, <c>VFIO_PCI_*_IRQ_INDEX</c>): INTx, MSI, MSI-X, errors, requests.</summary>
internal static class PciIrq
{
    public const uint Intx = 0;
    public const uint Msix = 2;

    public const uint Count = 5;
}
