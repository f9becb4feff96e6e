namespace FastRing.EndToEnd;

/// <summary>What stands between a device and the memory of its guest.</summary>
public enum QemuIommu
{
    /// <summary>Nothing, and the device does not speak of it.</summary>
    None,

    /// <summary>Nothing, although the device offers <c>VIRTIO_F_ACCESS_PLATFORM</c>.</summary>
    OnlyOffered,

    /// <summary>QEMU's Intel IOMMU, which the guest uses.</summary>
    Intel,
}
