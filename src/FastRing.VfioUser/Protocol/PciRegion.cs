namespace FastRing.VfioUser.Protocol;

/// <summary>Regions of a PCI device (linux/vfio.h, <c>VFIO_PCI_*_REGION_INDEX</c>): six BARs, ROM, configuration space, VGA.</summary>
internal static class PciRegion
{
    public const uint Config = 7;

    public const uint Count = 9;
}
