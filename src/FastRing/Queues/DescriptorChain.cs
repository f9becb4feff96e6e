namespace FastRing.Queues;

/// <summary>One popped chain: who it is on the ring, and which segments of its batch belong to it.</summary>
public struct DescriptorChain
{
    /// <summary>Head index (split ring) or buffer id (packed ring): goes back to the driver unchanged.</summary>
    public ushort Id { get; internal set; }

    /// <summary>Slots the chain takes on the descriptor ring. Always 1 on a split ring.</summary>
    public ushort Slots { get; internal set; }

    /// <summary>Index of the chain's first segment in the batch.</summary>
    internal int FirstSegment { get; set; }

    /// <summary>Number of device-readable segments.</summary>
    public int ReadableSegments { get; internal set; }

    /// <summary>Number of device-writable segments; they stand behind the readable ones.</summary>
    public int WritableSegments { get; internal set; }

    /// <summary>Bytes of the segments recorded, at most <see cref="uint.MaxValue"/>.</summary>
    public uint Bytes { get; internal set; }

    /// <summary>Bytes the device wrote into the chain: the used element's len.</summary>
    public uint Written { get; set; }
}
