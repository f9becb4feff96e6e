using System.Runtime.CompilerServices;

namespace FastRing.Queues;

/// <summary>One popped chain: who it is on the ring, and which segments of the array it was popped into belong to it.</summary>
/// <remarks>Three words, so that a ring writes and reads it in three moves.</remarks>
public struct DescriptorChain
{
    private const ulong HasUnrecordedWritable = 1UL << 63;

    private ulong _place; // id: 16 bits; slots: 16; first segment: 32
    private ulong _segments; // readable: 32 bits; writable: 31; HasUnrecordedWritable
    private ulong _bytes; // recorded: 32 bits; written: 32

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal DescriptorChain(ulong place, ulong segments, ulong bytes)
    {
        _place = place;
        _segments = segments;
        _bytes = bytes;
    }

    /// <summary>Head index (split ring) or buffer id (packed ring): goes back to the driver unchanged.</summary>
    public readonly ushort Id => (ushort)_place;

    /// <summary>Slots of the packed ring the chain takes. Always 1 on a split ring.</summary>
    public readonly ushort Slots => (ushort)(_place >> 16);

    /// <summary>Index of the chain's first segment in the array it was popped into.</summary>
    public readonly int FirstSegment => (int)(_place >> 32);

    /// <summary>Number of device-readable segments.</summary>
    public readonly int ReadableSegments => (int)_segments;

    /// <summary>Number of device-writable segments; they stand behind the readable ones.</summary>
    public readonly int WritableSegments => (int)(_segments >> 32) & int.MaxValue;

    /// <summary>Bytes of the segments recorded, at most <see cref="uint.MaxValue"/>.</summary>
    public readonly uint Bytes => (uint)_bytes;

    /// <summary>Bytes the device wrote into the chain: the used element's len.</summary>
    public uint Written
    {
        readonly get => (uint)(_bytes >> 32);
        set => _bytes = (uint)_bytes | ((ulong)value << 32);
    }

    /// <summary>True when the chain has no device-writable buffer at all, recorded or not.</summary>
    internal readonly bool IsReadOnly => _segments <= uint.MaxValue;

    /// <summary>The used element of a split ring: le32 id, le32 len.</summary>
    internal readonly ulong UsedElement => (ushort)_place | (_bytes & 0xffff_ffff_0000_0000);

    /// <summary>The used descriptor of a packed ring but for AVAIL and USED: len, id, and WRITE where something was written.</summary>
    internal readonly ulong UsedDescriptor
    {
        get
        {
            ulong written = _bytes >> 32;
            ulong write = (0 - written) >> 63 << (48 + 1); // VIRTQ_DESC_F_WRITE is bit 1.
            return written | ((_place << 32) & 0x0000_ffff_0000_0000) | write;
        }
    }

    /// <summary>Half of the constructor, for a loop that has no register to keep the place in.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal void StandAt(ulong place) => _place = place;

    /// <summary>The other half.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal void Hold(ulong segments, ulong bytes)
    {
        _segments = segments;
        _bytes = bytes;
    }

    /// <summary>The same chain with its segments from another place on.</summary>
    internal readonly DescriptorChain MovedDown(int segments) => new(_place - ((ulong)segments << 32), _segments, _bytes);

    internal readonly DescriptorChain WithUnrecordedWritable() => new(_place, _segments | HasUnrecordedWritable, _bytes);

    /// <summary>The word that says where a chain is, but for its id, which is or-ed to it.</summary>
    internal static ulong Place(uint slots, int firstSegment) => (slots << 16) | ((ulong)firstSegment << 32);

    /// <summary>What one more segment before it adds to a chain's place.</summary>
    internal const ulong OneSegment = 1UL << 32;

    /// <summary>The word that counts one segment, of a descriptor with that WRITE flag.</summary>
    internal static ulong One(uint kind) => kind == 0 ? 1 : OneWritable;

    /// <summary>The word that counts one writable segment.</summary>
    internal const ulong OneWritable = 1UL << 32;

    /// <summary>Both halves of the word that counts segments, together: in the low half of the result.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static ulong SegmentsIn(ulong counts) => counts + (counts >> 32);
}
