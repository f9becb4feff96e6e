using FastRing.Interop;

namespace FastRing.Queues;

/// <summary>
/// Chains a device has taken from a queue and not yet given back, oldest first, with their buffers resolved to memory of this
/// process and laid out as one array: <see cref="Segments"/> goes to readv or writev as it stands. Belongs to one queue and one
/// thread, and allocates only when a driver sends a chain longer than any before.
/// </summary>
public sealed class ChainBatch
{
    private const int InitialSegments = 64;
    private const int MaxSegments = 65536;

    /// <summary>Segments a chain for which a batch grows so that it gets full of chains; for longer ones only when they are alone.</summary>
    private const int UsualSegments = 8;

    private readonly DescriptorChain[] _chains;
    private IoVector[] _segments;
    private int _firstChain;
    private int _endChain;
    private int _firstSegment;
    private int _endSegment;
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

    /// <summary>The chains held, oldest first, to be completed one by one or in another order with <see cref="Virtqueue.Complete(ReadOnlySpan{DescriptorChain})"/>.</summary>
    internal ReadOnlySpan<DescriptorChain> Chains => _chains.AsSpan(_firstChain, Count);

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

    /// <summary>What is left of the recorded buffers of the <paramref name="count"/> oldest chains.</summary>
    public ReadOnlySpan<IoVector> SegmentsOfFirst(int count)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)count, (uint)Count, nameof(count));
        int end = count == Count ? _endSegment : _chains[_firstChain + count].FirstSegment;
        return _segments.AsSpan(_firstSegment, Math.Max(end - _firstSegment, 0));
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

    /// <summary>Whether another chain can be popped, once what is gone has been squeezed out.</summary>
    internal bool HasChainRoom => _endChain < _chains.Length || TryCompact();

    /// <summary>Where chains are popped to: behind those held.</summary>
    internal ChainSink Sink => new(_chains, _endChain, _segments, _endSegment, Direction);

    /// <summary>Makes what was popped to the <see cref="Sink"/> part of the batch.</summary>
    internal void Take(in ChainSink sink)
    {
        _endChain = sink.ChainCount;
        _endSegment = sink.SegmentCount;
    }

    /// <summary>Makes room for a chain of more segments than there were left.</summary>
    /// <returns><see cref="ChainSink.Full"/> when it has to wait until others are gone.</returns>
    internal VirtqueueError MakeSegmentRoom()
    {
        if (_firstSegment > 0 && TryCompact())
        {
            return VirtqueueError.None;
        }

        if (_segments.Length >= (Count > 0 ? Math.Min(_chains.Length * UsualSegments, MaxSegments) : MaxSegments))
        {
            return Count > 0 ? ChainSink.Full : VirtqueueError.TooManySegments;
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

    /// <summary>Moves what is held to the front of the arrays; false when nothing was gained.</summary>
    private bool TryCompact()
    {
        if (_firstChain == 0 && _firstSegment == 0)
        {
            return false;
        }

        bool roomForChains = _firstChain > 0 || _endChain < _chains.Length;
        Array.Copy(_chains, _firstChain, _chains, 0, Count);
        Array.Copy(_segments, _firstSegment, _segments, 0, _endSegment - _firstSegment);
        int count = Count;
        for (int i = 0; i < count; i++)
        {
            _chains[i] = _chains[i].MovedDown(_firstSegment);
        }

        _endChain -= _firstChain;
        _endSegment -= _firstSegment;
        _firstChain = _firstSegment = 0;
        return roomForChains;
    }
}
