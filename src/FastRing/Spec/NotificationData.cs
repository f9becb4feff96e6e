namespace FastRing.Spec;

/// <summary>
/// What a driver writes to the doorbell when <see cref="VirtioFeatures.NotificationData"/> is negotiated: an available-buffer notification that says
/// how far the driver got (virtio 1.2, 2.9, and 4.1.5.2 for PCI, 4.2.3.3 for MMIO).
/// </summary>
/// <remarks>
/// It travels in a register write, so it is for VMMs that embed FastRing and handle the doorbell themselves. A vhost-user kick is an event
/// descriptor and carries no data: vhost-user devices do not offer the feature. A hint of the driver's, like any notification: a device
/// that believes it still reads the ring to know what is available.
/// </remarks>
/// <param name="Value">The le32 as written: the queue (<c>vqn</c>) in bits 0-15, <c>next_off</c> in bits 16-30, <c>next_wrap</c> in bit 31. Any value is one a driver can write.</param>
public readonly record struct NotificationData(uint Value)
{
    private const ushort WrapBit = 1 << 15;

    /// <summary>The queue that is notified. (<c>vqn</c>)</summary>
    public ushort QueueIndex => (ushort)Value;

    /// <summary>Split ring: the available index behind the last buffer, all 16 bits of it in <c>next_off</c> and <c>next_wrap</c>.</summary>
    public ushort AvailableIndex => (ushort)(Value >> 16);

    /// <summary>Packed ring: where the next available descriptor will be written, in descriptors. A driver may write an offset beyond the ring. (<c>next_off</c>)</summary>
    public ushort NextOffset => (ushort)(AvailableIndex & ~WrapBit);

    /// <summary>Packed ring: the driver's wrap counter there. (<c>next_wrap</c>)</summary>
    public bool NextWrap => (AvailableIndex & WrapBit) != 0;

    /// <summary>The notification of a split ring.</summary>
    /// <param name="queueIndex">The queue.</param>
    /// <param name="availableIndex">The available index as published.</param>
    public static NotificationData OfSplit(ushort queueIndex, ushort availableIndex) => new(queueIndex | ((uint)availableIndex << 16));

    /// <summary>The notification of a packed ring.</summary>
    /// <param name="queueIndex">The queue.</param>
    /// <param name="nextOffset">Where the next available descriptor will be written, below 32768.</param>
    /// <param name="nextWrap">The driver's wrap counter there.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such place on a packed ring.</exception>
    public static NotificationData OfPacked(ushort queueIndex, ushort nextOffset, bool nextWrap)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(nextOffset, WrapBit);
        return OfSplit(queueIndex, (ushort)(nextOffset | (nextWrap ? WrapBit : 0)));
    }
}
