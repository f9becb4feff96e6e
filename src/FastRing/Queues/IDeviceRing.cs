using FastRing.Interop;

namespace FastRing.Queues;

/// <summary>
/// The device side of one ring layout, as a struct so that <see cref="Virtqueue{TRing}"/> is compiled for each: split or packed,
/// with or without event index, in order or not, without a branch per buffer. It keeps two cursors: get (chains popped) and complete
/// (used elements written).
/// </summary>
internal interface IDeviceRing
{
    /// <summary>What a device is told that gives back what it has not popped, or a second time: with it, no cursor leaves the ring.</summary>
    const string TooManyCompleted = "more is given back than was popped and not completed";

    /// <summary>Entries of the ring.</summary>
    ushort Size { get; }

    /// <summary>Where the areas that the device writes to lie in this process: descriptor area (a packed ring's only) and device area.</summary>
    (nint Descriptors, nint Device) Written { get; }

    /// <summary>Complete cursor in the vhost-user form.</summary>
    uint Base { get; }

    /// <summary>The same of what the driver has been shown: where to go on when the ring broke, and what was completed since stays unseen.</summary>
    uint PublishedBase { get; }

    /// <summary>True when there are chains that were popped and not completed.</summary>
    bool HasTaken { get; }

    /// <summary>True when the next chain can't be taken yet, because its translation is not known.</summary>
    bool IsWaiting { get; }

    /// <summary>True when a used element was written that the driver can't see yet.</summary>
    bool HasUnpublished { get; }

    /// <summary>Used buffers (packed: slots) published since the last decision about a notification; large numbers are not told apart.</summary>
    uint Undecided { get; }

    /// <summary>Acquire, where it is not known already: looks whether a chain is available. Everything the driver wrote before is visible afterwards.</summary>
    VirtqueueError Look(out bool isAvailable);

    /// <summary>Takes chains until the sink is full or the driver has made no more available. On an error the get cursor stays at the bad chain.</summary>
    VirtqueueError Pop(ref ChainSink sink);

    /// <summary>Writes the chains' used elements. Not visible to the driver before <see cref="Publish"/>.</summary>
    void Complete(ReadOnlySpan<DescriptorChain> chains);

    /// <summary>Buffers of chains that are not completed were written to, or may have been.</summary>
    void Touched(ReadOnlySpan<IoVector> buffers);

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

    /// <summary>How it looks now.</summary>
    RingSnapshot Snapshot();

    /// <summary>The ring stops, all is published: chains popped and not completed are left so that the next start finds them, here or in another process.</summary>
    /// <returns>True when descriptors were written for that.</returns>
    bool Leave();
}
