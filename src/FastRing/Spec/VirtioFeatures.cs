namespace FastRing.Spec;

/// <summary>Feature bits that belong to the ring and the transport, as 64-bit masks (virtio 1.2, 6).</summary>
public static class VirtioFeatures
{
    /// <summary>
    /// The driver is notified when the device has used all it was given, whatever it asked for; for legacy drivers (virtio 1.2, 6.3). Of packed rings, which those
    /// do not know, it says nothing. (<c>VIRTIO_F_NOTIFY_ON_EMPTY</c>, bit 24)
    /// </summary>
    public const ulong NotifyOnEmpty = 1UL << 24;

    /// <summary>Chains may be split into descriptors anyhow; what legacy drivers must be told, and others take for granted. (<c>VIRTIO_F_ANY_LAYOUT</c>, bit 27)</summary>
    public const ulong AnyLayout = 1UL << 27;

    /// <summary>Descriptors may point to tables of descriptors. (<c>VIRTIO_F_INDIRECT_DESC</c>, bit 28)</summary>
    public const ulong IndirectDescriptors = 1UL << 28;

    /// <summary>used_event and avail_event say when to notify. (<c>VIRTIO_F_EVENT_IDX</c>, bit 29)</summary>
    public const ulong EventIndex = 1UL << 29;

    /// <summary>The device follows virtio 1.0 or later. (<c>VIRTIO_F_VERSION_1</c>, bit 32)</summary>
    public const ulong Version1 = 1UL << 32;

    /// <summary>Addresses are what the platform makes of them, such as an IOMMU's. (<c>VIRTIO_F_ACCESS_PLATFORM</c>, also <c>IOMMU_PLATFORM</c>, bit 33)</summary>
    public const ulong AccessPlatform = 1UL << 33;

    /// <summary>The rings are packed ones. (<c>VIRTIO_F_RING_PACKED</c>, bit 34)</summary>
    public const ulong RingPacked = 1UL << 34;

    /// <summary>Buffers are used in the order in which they were made available. (<c>VIRTIO_F_IN_ORDER</c>, bit 35)</summary>
    public const ulong InOrder = 1UL << 35;

    /// <summary>
    /// The driver orders its accesses as the platform's devices need it, not only as other processors do. It binds the driver: the fences of a device in software suit
    /// both kinds. (<c>VIRTIO_F_ORDER_PLATFORM</c>, bit 36)
    /// </summary>
    public const ulong OrderPlatform = 1UL << 36;

    /// <summary>Available-buffer notifications say how far the driver got. (<c>VIRTIO_F_NOTIFICATION_DATA</c>, bit 38)</summary>
    public const ulong NotificationData = 1UL << 38;

    /// <summary>The driver can reset one queue by itself. (<c>VIRTIO_F_RING_RESET</c>, bit 40)</summary>
    public const ulong RingReset = 1UL << 40;
}
