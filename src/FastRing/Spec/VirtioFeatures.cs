namespace FastRing.Spec;

/// <summary>Feature bits that belong to the ring and the transport, as 64-bit masks (virtio 1.2, 6).</summary>
public static class VirtioFeatures
{
    /// <summary>Descriptors may point to tables of descriptors. (<c>VIRTIO_F_INDIRECT_DESC</c>, bit 28)</summary>
    public const ulong IndirectDescriptors = 1UL << 28;

    /// <summary>used_event and avail_event say when to notify. (<c>VIRTIO_F_EVENT_IDX</c>, bit 29)</summary>
    public const ulong EventIndex = 1UL << 29;

    /// <summary>The device follows virtio 1.0 or later. (<c>VIRTIO_F_VERSION_1</c>, bit 32)</summary>
    public const ulong Version1 = 1UL << 32;

    /// <summary>The rings are packed ones. (<c>VIRTIO_F_RING_PACKED</c>, bit 34)</summary>
    public const ulong RingPacked = 1UL << 34;

    /// <summary>Buffers are used in the order in which they were made available. (<c>VIRTIO_F_IN_ORDER</c>, bit 35)</summary>
    public const ulong InOrder = 1UL << 35;

    /// <summary>Available-buffer notifications say how far the driver got. (<c>VIRTIO_F_NOTIFICATION_DATA</c>, bit 38)</summary>
    public const ulong NotificationData = 1UL << 38;

    /// <summary>The driver can reset one queue by itself. (<c>VIRTIO_F_RING_RESET</c>, bit 40)</summary>
    public const ulong RingReset = 1UL << 40;
}
