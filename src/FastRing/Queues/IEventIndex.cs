namespace FastRing.Queues;

/// <summary>Whether <c>VIRTIO_F_EVENT_IDX</c> was negotiated, as a type: the compiler removes the other way.</summary>
internal interface IEventIndex
{
    /// <summary>True when negotiated.</summary>
    static abstract bool Negotiated { get; }
}

/// <summary><c>VIRTIO_F_EVENT_IDX</c> was negotiated.</summary>
internal readonly struct WithEventIndex : IEventIndex
{
    public static bool Negotiated => true;
}

/// <summary><c>VIRTIO_F_EVENT_IDX</c> was not negotiated: the rings' flags count.</summary>
internal readonly struct WithoutEventIndex : IEventIndex
{
    public static bool Negotiated => false;
}
