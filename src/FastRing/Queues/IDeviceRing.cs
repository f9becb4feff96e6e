namespace FastRing.Queues;

/// <summary>
/// The device side of one ring layout, as a struct so that <see cref="Virtqueue{TRing}"/> is compiled for each: split or packed,
/// with or without event index, without a branch per buffer. It keeps two cursors: get (chains popped) and complete (used elements written).
/// </summary>
internal interface IDeviceRing
{
    /// <summary>Entries of the ring.</summary>
    ushort Size { get; }

    /// <summary>Complete cursor in the vhost-user form.</summary>
    uint Base { get; }

    /// <summary>True when a used element was written that the driver can't see yet.</summary>
    bool HasUnpublished { get; }

    /// <summary>Acquire: looks whether the driver made more available. Everything it wrote before is visible afterwards.</summary>
    VirtqueueError CountAvailable(out int chains);

    /// <summary>Takes the next chain, which <see cref="CountAvailable"/> promised, into the batch. On an error the get cursor stays.</summary>
    VirtqueueError Pop(ChainBatch batch, out bool indirect);

    /// <summary>Writes the chain's used element. Not visible to the driver before <see cref="Publish"/>.</summary>
    void Complete(in DescriptorChain chain);

    /// <summary>Sets the get cursor back to the complete cursor.</summary>
    void Rewind();

    /// <summary>Release: makes the used elements visible.</summary>
    void Publish();

    /// <summary>After <see cref="Publish"/>: full fence, then what the driver asked for.</summary>
    bool DriverWantsNotification();

    /// <summary>Asks for notifications, full fence. The caller looks at the ring again.</summary>
    void RequestNotifications();

    /// <summary>Asks for none.</summary>
    void SuppressNotifications();
}
