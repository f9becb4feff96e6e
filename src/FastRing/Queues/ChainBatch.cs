using System.Runtime.CompilerServices;
using FastRing.Interop;
using FastRing.Memory;
using FastRing.Spec;

namespace FastRing.Queues;

/// <summary>
/// Chains a device has taken from a queue and not yet given back, oldest first, with their buffers resolved to memory of this
/// process and laid out as one array: <see cref="Segments"/> goes to readv or writev as it stands. Belongs to one queue and one
/// thread, and allocates only when a driver sends a chain longer than any before.
/// </summary>
public sealed class ChainBatch
{
    /// <summary>What the building members answer when a chain does not fit behind those already held: take it next time.</summary>
    internal const VirtqueueError Full = (VirtqueueError)(-1);

    private const int InitialSegments = 64;
    private const int MaxSegments = 65536;

    private readonly DescriptorChain[] _chains;
    private IoVector[] _segments;
    private int _firstChain;
    private int _endChain;
    private int _firstSegment;
    private int _endSegment;
    private int _openSegments;
    private ulong _openBytes;
    private bool _openWritable;
    private nuint _headConsumed;

    /// <summary>Makes an empty batch.</summary>
    /// <param name="maxChains">How many chains it holds at the most, at least 1.</param>
    /// <param name="direction">Which buffers of a chain are recorded.</param>
    public ChainBatch(int maxChains, ChainDirection direction)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maxChains, 1);
        _chains = new DescriptorChain[maxChains];
        _segments = new IoVector[Math.Max(InitialSegments, maxChains)];
        Direction = direction;
    }

    /// <summary>Which buffers of a chain are recorded.</summary>
    public ChainDirection Direction { get; }

    /// <summary>Chains held.</summary>
    public int Count => _endChain - _firstChain;

    /// <summary>What is left of the recorded buffers, in order; the first one is cut where <see cref="Consume"/> stopped inside it.</summary>
    public ReadOnlySpan<IoVector> Segments => _segments.AsSpan(_firstSegment, _endSegment - _firstSegment);

    /// <summary>Bytes of the oldest chain that are already consumed: where a device that stops now has to go on later.</summary>
    public nuint HeadConsumed => _headConsumed;

    /// <summary>The chain at <paramref name="index"/>, 0 being the oldest.</summary>
    public ref DescriptorChain this[int index]
    {
        get
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)Count);
            return ref _chains[_firstChain + index];
        }
    }

    /// <summary>The recorded segments of one chain, whole. Not for a batch that <see cref="Consume"/> or <see cref="Fill"/> is used on.</summary>
    public ReadOnlySpan<IoVector> SegmentsOf(int index)
    {
        ref readonly DescriptorChain chain = ref this[index];
        return _segments.AsSpan(chain.FirstSegment, chain.ReadableSegments + chain.WritableSegments);
    }

    /// <summary>Takes <paramref name="bytes"/> from the front of <see cref="Segments"/> as read by the device.</summary>
    /// <remarks>Not for <see cref="ChainDirection.Both"/>. Complete exactly the chains returned before the next call.</remarks>
    /// <returns>How many chains at the front are wholly read (an empty chain is at once) and can be completed.</returns>
    /// <exception cref="ArgumentOutOfRangeException">There are not that many bytes: a negative errno was taken for a count.</exception>
    public int Consume(nuint bytes)
    {
        AdvanceSegments(bytes);
        int done = 0;
        nuint offset = _headConsumed + bytes;
        while (done < Count && offset >= _chains[_firstChain + done].Bytes)
        {
            offset -= _chains[_firstChain + done++].Bytes;
        }

        _headConsumed = offset;
        return done;
    }

    /// <summary>Takes <paramref name="bytes"/> from the front of <see cref="Segments"/> as written by the device.</summary>
    /// <remarks>
    /// A chain written in part is done too: a byte stream is delivered as it comes. The rest of its buffers is skipped.
    /// For <see cref="ChainDirection.Writable"/> only. Complete exactly the chains returned before the next call.
    /// </remarks>
    /// <returns>How many chains at the front were written to, or have no room, and are to be completed.</returns>
    /// <exception cref="ArgumentOutOfRangeException">There are not that many bytes: a negative errno was taken for a count.</exception>
    public int Fill(nuint bytes)
    {
        int done = 0;
        while (done < Count && (bytes > 0 || _chains[_firstChain + done].Bytes == 0))
        {
            ref DescriptorChain chain = ref _chains[_firstChain + done++];
            chain.Written = (uint)Math.Min(bytes, chain.Bytes);
            bytes -= chain.Written;
        }

        ArgumentOutOfRangeException.ThrowIfGreaterThan(bytes, 0U, nameof(bytes));
        _firstSegment = done == Count ? _endSegment : _chains[_firstChain + done].FirstSegment;
        return done;
    }

    /// <summary>Forgets every chain: the queue stopped, and the chains stay available to whoever starts it again.</summary>
    public void Clear()
    {
        _firstChain = _endChain = _firstSegment = _endSegment = 0;
        _headConsumed = 0;
    }

    /// <summary>Removes the <paramref name="count"/> oldest chains: the queue wrote their used elements.</summary>
    internal void RemoveFront(int count)
    {
        _firstChain += count;
        if (_firstChain == _endChain)
        {
            Clear();
        }
        else if (_firstSegment < _chains[_firstChain].FirstSegment)
        {
            // Given back with buffers left that were never consumed or filled: they go with their chains.
            _firstSegment = _chains[_firstChain].FirstSegment;
            _headConsumed = 0;
        }
    }

    /// <summary>Makes room at the end for a chain; false when the batch is full.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal bool TryOpen()
    {
        if (_endChain == _chains.Length && !TryCompact())
        {
            return false;
        }

        _openSegments = _endSegment;
        _openBytes = 0;
        _openWritable = false;
        ref DescriptorChain chain = ref _chains[_endChain];
        chain = default;
        chain.FirstSegment = _endSegment;
        return true;
    }

    /// <summary>Adds one buffer to the chain being built; validates its order and, where it is recorded, where it lies.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal VirtqueueError Append(ulong address, uint length, bool writable, GuestMemory memory, ref RegionWindow window)
    {
        if (_openWritable && !writable)
        {
            return VirtqueueError.ReadableAfterWritable;
        }

        _openWritable = writable;
        if (Direction != ChainDirection.Both && (Direction == ChainDirection.Writable) != writable)
        {
            return VirtqueueError.None;
        }

        if (length != 0 && window.TryTranslate(address, length, out nint host) && _openSegments < _segments.Length)
        {
            Record(new IoVector(host, length), writable);
            return VirtqueueError.None;
        }

        return AppendPieces(address, length, writable, memory, ref window);
    }

    /// <summary>Ends the chain being built and makes it part of the batch.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal VirtqueueError Close(ushort id, ushort slots)
    {
        if (_openBytes > uint.MaxValue)
        {
            return VirtqueueError.ChainTooLarge;
        }

        ref DescriptorChain chain = ref _chains[_endChain++];
        chain.Id = id;
        chain.Slots = slots;
        chain.Bytes = (uint)_openBytes;
        _endSegment = _openSegments;
        return VirtqueueError.None;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Record(IoVector piece, bool writable)
    {
        ref DescriptorChain chain = ref _chains[_endChain];
        chain.WritableSegments += writable ? 1 : 0;
        chain.ReadableSegments += writable ? 0 : 1;
        _segments[_openSegments++] = piece;
        _openBytes += piece.Length;
    }

    /// <summary>The buffers a chain seldom has: empty, in another region than the last, over a border, or one more than fit.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private VirtqueueError AppendPieces(ulong address, uint length, bool writable, GuestMemory memory, ref RegionWindow window)
    {
        if (length != 0 && length - 1 > ulong.MaxValue - address)
        {
            return VirtqueueError.BufferNotMapped;
        }

        while (length != 0)
        {
            GuestRegion? region = memory.Find(new GuestAddress(address));
            if (region is null)
            {
                return VirtqueueError.BufferNotMapped;
            }

            if (_openSegments == _segments.Length && MakeSegmentRoom() is var full and not VirtqueueError.None)
            {
                return full;
            }

            window.Remember(region);
            IoVector piece = memory.FirstPiece(new GuestAddress(address), length);
            Record(piece, writable);
            address += piece.Length; // Wraps, if at all, to 0 behind the last piece.
            length -= (uint)piece.Length;
        }

        return VirtqueueError.None;
    }

    private VirtqueueError MakeSegmentRoom()
    {
        if (_firstSegment > 0 && TryCompact())
        {
            return VirtqueueError.None;
        }

        if (Count > 0)
        {
            return Full;
        }

        if (_segments.Length >= MaxSegments)
        {
            return VirtqueueError.TooManySegments;
        }

        Array.Resize(ref _segments, _segments.Length * 2);
        return VirtqueueError.None;
    }

    private void AdvanceSegments(nuint bytes)
    {
        while (bytes > 0)
        {
            ArgumentOutOfRangeException.ThrowIfEqual(_firstSegment, _endSegment, nameof(bytes));
            ref IoVector segment = ref _segments[_firstSegment];
            if (bytes < segment.Length)
            {
                segment = segment.Slice(bytes);
                return;
            }

            bytes -= segment.Length;
            _firstSegment++;
        }
    }

    /// <summary>Moves what is held to the front of the arrays, the chain being built included; false when nothing was gained.</summary>
    private bool TryCompact()
    {
        if (_firstChain == 0 && _firstSegment == 0)
        {
            return false;
        }

        bool roomForChains = _firstChain > 0 || _endChain < _chains.Length;
        int chains = Math.Min(_endChain + 1, _chains.Length) - _firstChain;
        Array.Copy(_chains, _firstChain, _chains, 0, chains);
        int segments = Math.Max(_openSegments, _endSegment);
        Array.Copy(_segments, _firstSegment, _segments, 0, segments - _firstSegment);
        for (int i = 0; i < chains; i++)
        {
            _chains[i].FirstSegment -= _firstSegment;
        }

        _endChain -= _firstChain;
        _endSegment -= _firstSegment;
        _openSegments -= _firstSegment;
        _firstChain = _firstSegment = 0;
        return roomForChains;
    }
}
