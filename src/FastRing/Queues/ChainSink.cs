using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using FastRing.Interop;
using FastRing.Memory;
using FastRing.Spec;

namespace FastRing.Queues;

/// <summary>
/// Where a ring puts the chains it pops: behind those already there, in two arrays. Rings write the common chain straight into
/// <see cref="Chains"/> and <see cref="Segments"/>; what is seldom (a buffer over a border between regions, one that is not recorded)
/// goes through <see cref="Open"/>, <see cref="Append"/> and <see cref="Close"/>.
/// </summary>
internal ref struct ChainSink
{
    /// <summary>The answer to a chain that does not fit behind those already held: take it next time.</summary>
    public const VirtqueueError Full = (VirtqueueError)(-1);

    public readonly Span<DescriptorChain> Chains;
    public readonly Span<IoVector> Segments;
    public readonly ChainDirection Direction;
    public int ChainCount;
    public int SegmentCount;
    public int IndirectChains;
    private int _segments; // of the arrays' elements, those the chain being built takes as well
    private int _writableSegments;
    private ulong _bytes;
    private bool _isWritable;

    public ChainSink(Span<DescriptorChain> chains, int chainCount, Span<IoVector> segments, int segmentCount, ChainDirection direction)
    {
        Chains = chains;
        ChainCount = chainCount;
        Segments = segments;
        SegmentCount = segmentCount;
        Direction = direction;
    }

    /// <summary>The flags of a descriptor that tell its kind: readable (0), writable (WRITE), or not to be taken as it is.</summary>
    public const uint KindMask = (uint)(DescriptorFlags.Write | DescriptorFlags.Indirect);

    /// <summary>The kind a chain begins with, as long as all of it is recorded.</summary>
    public readonly uint FirstKind => Direction == ChainDirection.Writable ? (uint)DescriptorFlags.Write : 0;

    /// <summary>The kind that may follow: only where both are recorded is there another than the first.</summary>
    public readonly uint SecondKind => Direction == ChainDirection.Readable ? 0 : (uint)DescriptorFlags.Write;

    /// <summary>Chains there is room for.</summary>
    public readonly int ChainRoom => Chains.Length - ChainCount;

    /// <summary>Segments there is room for.</summary>
    public readonly uint SegmentRoom => (uint)(Segments.Length - SegmentCount);

    /// <summary>Where the next chain goes, if there is room for one.</summary>
    public readonly ref DescriptorChain NextChain => ref Unsafe.Add(ref MemoryMarshal.GetReference(Chains), ChainCount);

    /// <summary>Where the next segment goes, if there is room for one.</summary>
    public readonly ref IoVector NextSegment => ref Unsafe.Add(ref MemoryMarshal.GetReference(Segments), SegmentCount);

    /// <summary>The place behind the last segment there is room for.</summary>
    public readonly ref IoVector SegmentsEnd => ref Unsafe.Add(ref MemoryMarshal.GetReference(Segments), Segments.Length);

    /// <summary>Begins a chain. There is room for it in <see cref="Chains"/>.</summary>
    public void Open()
    {
        _segments = SegmentCount;
        _writableSegments = 0;
        _bytes = 0;
        _isWritable = false;
    }

    /// <summary>Adds one buffer to the chain; validates its order and, where it is recorded, where it lies.</summary>
    public VirtqueueError Append<TMemory>(ulong address, uint length, bool writable, in TMemory memory, ref RegionWindow window)
        where TMemory : struct, IRingMemory
    {
        if (_isWritable && !writable)
        {
            return VirtqueueError.ReadableAfterWritable;
        }

        _isWritable = writable;
        if (writable ? Direction == ChainDirection.Readable : Direction == ChainDirection.Writable)
        {
            return VirtqueueError.None;
        }

        if (window.TryTranslate(address, length, out nint host) && _segments < Segments.Length)
        {
            Record(new IoVector(host, length), writable);
            return VirtqueueError.None;
        }

        return AppendPieces(address, length, writable, memory, ref window);
    }

    /// <summary>Ends the chain and counts it.</summary>
    public VirtqueueError Close(ushort id, ushort slots)
    {
        if (_bytes > uint.MaxValue)
        {
            return VirtqueueError.ChainTooLarge;
        }

        int count = _segments - SegmentCount;
        ulong counts = (uint)(count - _writableSegments) | ((ulong)_writableSegments << 32);
        var chain = new DescriptorChain(DescriptorChain.Place(slots, SegmentCount) | id, counts, _bytes);
        Chains[ChainCount++] = _isWritable && _writableSegments == 0 ? chain.WithUnrecordedWritable() : chain;
        SegmentCount = _segments;
        return VirtqueueError.None;
    }

    private void Record(IoVector piece, bool writable)
    {
        Segments[_segments++] = piece;
        _writableSegments += writable ? 1 : 0;
        _bytes += piece.Length;
    }

    /// <summary>The buffers a chain seldom has: empty, in another region than the last, over a border, or one more than fit.</summary>
    private VirtqueueError AppendPieces<TMemory>(ulong address, uint length, bool writable, in TMemory memory, ref RegionWindow window)
        where TMemory : struct, IRingMemory
    {
        if (length != 0 && length - 1 > ulong.MaxValue - address)
        {
            return VirtqueueError.BufferNotMapped;
        }

        while (length != 0)
        {
            VirtqueueError error = memory.FirstPiece(address, length, writable, ref window, out IoVector piece);
            if (error != VirtqueueError.None)
            {
                return error;
            }

            if (_segments == Segments.Length)
            {
                return Full;
            }

            Record(piece, writable);
            address += piece.Length; // Wraps, if at all, to 0 behind the last piece.
            length -= (uint)piece.Length;
        }

        return VirtqueueError.None;
    }
}
