namespace FastRing.Queues;

/// <summary>One popped chain: who it is on the ring, and which segments of its batch belong to it.</summary>
public struct DescriptorChain
{
    internal DescriptorChain(ushort id, ushort slots, int firstSegment, int readableSegments, int writableSegments, uint bytes, bool isReadOnly)
    {
        Id = id;
        Slots = slots;
        FirstSegment = firstSegment;
        ReadableSegments = readableSegments;
        WritableSegments = writableSegments;
        Bytes = bytes;
        IsReadOnly = isReadOnly;
    }

    /// <summary>Head index (split ring) or buffer id (packed ring): goes back to the driver unchanged.</summary>
    public ushort Id { get; internal set; }

    /// <summary>Slots of the packed ring the chain takes. Always 1 on a split ring.</summary>
    public ushort Slots { get; internal set; }

    /// <summary>Index of the chain's first segment in the array it was popped into.</summary>
    public int FirstSegment { get; internal set; }

    /// <summary>Number of device-readable segments.</summary>
    public int ReadableSegments { get; internal set; }

    /// <summary>Number of device-writable segments; they stand behind the readable ones.</summary>
    public int WritableSegments { get; internal set; }

    /// <summary>Bytes of the segments recorded, at most <see cref="uint.MaxValue"/>.</summary>
    public uint Bytes { get; internal set; }

    /// <summary>True when the chain has no device-writable buffer at all, recorded or not.</summary>
    internal bool IsReadOnly { get; set; }

    /// <summary>Bytes the device wrote into the chain: the used element's len.</summary>
    public uint Written { get; set; }
}
