using System.Runtime.CompilerServices;
using FastRing.Interop;

namespace FastRing.Queues;

/// <summary>The device side of a virtqueue over one ring layout.</summary>
internal class Virtqueue<TRing> : Virtqueue
    where TRing : struct, IDeviceRing
{
    private TRing _ring; // Mutable struct: never readonly, never copied.

    public Virtqueue(in TRing ring)
        : base(ring.Size) => _ring = ring;

    private protected ref TRing Ring => ref _ring;

    public sealed override bool HasAvailable
    {
        get
        {
            if (Error != VirtqueueError.None)
            {
                return false;
            }

            VirtqueueError error = _ring.Look(out bool isAvailable);
            if (error != VirtqueueError.None)
            {
                Error = error;
                return false;
            }

            return isAvailable;
        }
    }

    public sealed override uint Base => Error == VirtqueueError.None ? _ring.Base : _ring.PublishedBase;

    internal sealed override uint Undecided => _ring.Undecided;

    public sealed override int Pop(ChainBatch batch)
    {
        int before = batch.Count;
        while (Error == VirtqueueError.None && batch.HasChainRoom)
        {
            ChainSink sink = batch.Sink;
            VirtqueueError error = _ring.Pop(ref sink);
            batch.Take(sink);
            CountIndirect(sink);
            if (error != ChainSink.Full)
            {
                Error = error;
                break;
            }

            // A batch that is full is no error: the chain is taken next time.
            error = batch.MakeSegmentRoom();
            if (error != VirtqueueError.None)
            {
                Error = error == ChainSink.Full ? VirtqueueError.None : error;
                break;
            }
        }

        int popped = batch.Count - before;
        CountChains(popped);
        return popped;
    }

    public sealed override int PopBatch(Span<DescriptorChain> chains, Span<IoVector> segments, ref int segmentCount, ChainDirection direction)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)segmentCount, (uint)segments.Length, nameof(segmentCount));
        if (Error != VirtqueueError.None)
        {
            return 0;
        }

        var sink = new ChainSink(chains, 0, segments, segmentCount, direction);
        VirtqueueError error = _ring.Pop(ref sink);
        bool isTooLong = error == ChainSink.Full && sink.ChainCount == 0 && segmentCount == 0;
        Error = isTooLong ? VirtqueueError.TooManySegments : error == ChainSink.Full ? VirtqueueError.None : error;
        segmentCount = sink.SegmentCount;
        CountChains(sink.ChainCount);
        CountIndirect(sink);
        return sink.ChainCount;
    }

    public sealed override void Complete(ChainBatch batch, int count)
    {
        _ring.Complete(batch.Chains[..count]);
        batch.RemoveFront(count);
    }

    public sealed override void Complete(ReadOnlySpan<DescriptorChain> chains) => _ring.Complete(chains);

    public sealed override void PutBack(ChainBatch batch)
    {
        batch.Clear();
        _ring.Rewind();
    }

    public sealed override void NoteTouched(ReadOnlySpan<IoVector> buffers) => _ring.Touched(buffers);

    public sealed override void Leave()
    {
        if (Error == VirtqueueError.None)
        {
            _ring.Leave();
        }
    }

    public sealed override void PublishQuietly()
    {
        if (_ring.HasUnpublished && Error == VirtqueueError.None)
        {
            _ring.Publish();
            Counters.Writable.Publications++;
        }
    }

    public override bool NotificationDue()
    {
        // Of a ring that broke meanwhile too: what was published before has its notification.
        if (_ring.Undecided == 0)
        {
            return false;
        }

        bool wanted = _ring.DriverWantsNotification();
        CountDecision(wanted);
        return wanted;
    }

    public sealed override bool EnableNotifications()
    {
        if (Error == VirtqueueError.None && !IsPolled)
        {
            _ring.RequestNotifications();
        }

        return !_ring.IsWaiting && HasAvailable;
    }

    public sealed override void SuppressNotifications() => _ring.SuppressNotifications();

    public sealed override RingSnapshot Snapshot() => _ring.Snapshot();

    // Who polls finds nothing most of the time, and few chains are indirect: a count that is nothing is not written.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void CountChains(int popped)
    {
        if (popped != 0)
        {
            Counters.Writable.Chains += (uint)popped;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void CountIndirect(in ChainSink sink)
    {
        if (sink.IndirectChains != 0)
        {
            Counters.Writable.IndirectChains += (uint)sink.IndirectChains;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private protected void CountDecision(bool wanted)
    {
        if (!wanted)
        {
            Counters.Writable.NotificationsSuppressed++;
        }
    }
}
