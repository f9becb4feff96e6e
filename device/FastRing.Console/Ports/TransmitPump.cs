using FastRing.Console.Endpoints;
using FastRing.Interop;
using FastRing.Memory;
using FastRing.Queues;
using FastRing.Workers;

namespace FastRing.Console.Ports;

/// <summary>
/// Moves bytes from a port's transmit queue to its endpoint. A chain stays on the ring until the endpoint took its last byte:
/// while nobody takes any, the driver keeps the buffers and its writers wait.
/// </summary>
internal sealed class TransmitPump
{
    private const int ChainsHeld = 64;

    // A ring of which that many chains are counted, at every closing of the port, is long enough.
    private const int MostCounted = 4096;

    private readonly ChainBatch _batch = new(ChainsHeld, ChainDirection.Readable);
    private readonly Virtqueue _queue;
    private OutputFences? _fences; // Where an endpoint put up some.
    private nuint _skip;

    /// <param name="queue">The queue.</param>
    /// <param name="consumed">Bytes of the first chain that the endpoint took before the queue was stopped.</param>
    public TransmitPump(Virtqueue queue, nuint consumed)
    {
        _queue = queue;
        _skip = consumed;
    }

    /// <summary>False: the ring is left alone.</summary>
    public bool IsEnabled { get; set; }

    public Virtqueue Queue => _queue;

    /// <summary>Hears what is given back, before the driver does; null: nobody.</summary>
    public PortStream? Stream { get; set; }

    /// <summary>Measures what is given back; null: nobody wants to know.</summary>
    public TransmitLatency? Latency { get; set; }

    /// <summary>Bytes of the chain at the queue's base that the endpoint took already.</summary>
    public nuint HeadConsumed => _skip > 0 ? _skip : _batch.HeadConsumed;

    /// <summary>When the endpoint first took nothing, on <see cref="MonotonicClock"/>; 0: it did the last time.</summary>
    public long BlockedSince { get; private set; }

    /// <summary>Since when there are chains that were not wholly taken, as far as is known; 0: there are none.</summary>
    public long WaitsSince => _batch.Count == 0 && !_queue.HasAvailable ? 0 : BlockedSince > 0 ? BlockedSince : MonotonicClock.Now;

    /// <summary>There are chains that were not wholly taken.</summary>
    public bool HasChains => Limit > 0 && (_batch.Count > 0 || _queue.HasAvailable);

    private int Limit => _fences?.Limit ?? int.MaxValue;

    /// <summary>Moves bytes until there are none, the endpoint takes none, or the turn is over.</summary>
    /// <param name="port">Whose bytes they are; it has an endpoint unless they are discarded.</param>
    /// <param name="fate">What becomes of them, but not <see cref="Output.Hold"/>.</param>
    /// <param name="turn">How many, and how many it were.</param>
    /// <returns>True when only the turn's end stopped it.</returns>
    public bool Run(Port port, Output fate, ref Turn turn)
    {
        if (!IsEnabled)
        {
            return false;
        }

        if (fate == Output.Discard)
        {
            _fences?.Clear();
        }

        _queue.SuppressNotifications();
        bool blocked = false;
        nuint moved = 0;
        while (!turn.IsOver && !blocked && Fetch())
        {
            IoVector cut = default;
            ReadOnlySpan<IoVector> offered = fate == Output.Discard ? default : Offer(turn, ref cut);
            nuint taken = offered.IsEmpty ? 0 : (nuint)port.Endpoint!.Write(offered);
            bool discards = taken == 0 && fate != Output.Offer && (offered.IsEmpty || !port.Endpoint!.IsBusy);
            blocked = taken == 0 && !discards && !offered.IsEmpty;
            nuint discarded = discards ? ToDiscard(port) : 0;

            // Before the driver sees its buffers again: who has seen the bytes finds them counted.
            moved += taken;
            port.Recorder?.ToHost(_batch.Segments, taken + discarded, isDiscarded: discarded > 0);
            port.Counters.BytesToHost += taken;
            port.Counters.BytesDiscarded += discarded;
            int done = _batch.Consume(taken + discarded);
            GiveBack(done, isDiscarded: fate == Output.Discard);
            turn.Spend(taken + (port.Recorder is null ? 0 : discarded), done);
        }

        Publish();
        BlockedSince = !blocked ? 0 : moved > 0 || BlockedSince == 0 ? MonotonicClock.Now : BlockedSince;
        return !blocked && turn.IsOver;
    }

    /// <summary>The endpoint took bytes it had been offered before.</summary>
    public void Take(Port port, nuint bytes, ref Turn turn)
    {
        BlockedSince = 0;
        port.Recorder?.ToHost(_batch.Segments, bytes);
        port.Counters.BytesToHost += bytes;
        int done = _batch.Consume(bytes);
        GiveBack(done);
        Publish();
        turn.Spend(bytes, done);
    }

    /// <summary>What is on the ring now is one thing, and what comes is another: that is not offered before <see cref="EndFence"/>.</summary>
    /// <returns>False: it is not told apart.</returns>
    public bool Fence()
    {
        PutBack();
        int chains = 0;
        for (int popped = _queue.Pop(_batch); popped > 0 && chains < MostCounted; popped = _queue.Pop(_batch))
        {
            chains += popped;
            _batch.Clear();
        }

        bool isKnown = chains < MostCounted && !_queue.HasAvailable; // Behind an IOMMU some may have to wait.
        _queue.PutBack(_batch);
        return isKnown && (_fences ??= new OutputFences()).Add(chains);
    }

    /// <summary>What is behind the first fence is offered from now on.</summary>
    public void EndFence() => _fences?.RemoveFirst();

    /// <summary>Nobody looks at the chains that were fetched: they go back to the ring, for somebody else.</summary>
    public void PutBack()
    {
        _skip = HeadConsumed;
        Latency?.PutBack(_batch.Count);
        _queue.PutBack(_batch);
        Publish();
    }

    /// <summary>The queue stops: the chains not yet completed stay the driver's.</summary>
    public void Drop()
    {
        Stream?.ShowsTransmitted(_queue.Base, HeadConsumed); // Should anything not be published yet, the transport does it now.
        _batch.Clear();
    }

    private void GiveBack(int chains, bool isDiscarded = false)
    {
        if (!isDiscarded)
        {
            Stream?.GaveBack(_batch, chains); // What nobody gets is no session's.
            Latency?.Given(chains);
        }

        _queue.Complete(_batch, chains);
        _fences?.Completed(chains);
    }

    private void Publish()
    {
        Stream?.ShowsTransmitted(_queue.Base, HeadConsumed);
        _queue.PublishAndNotify();
        Latency?.Shown();
    }

    /// <summary>Makes sure the batch holds a chain; when there is none, asks for notifications.</summary>
    private bool Fetch()
    {
        if (_batch.Count > 0 || Limit == 0)
        {
            return Limit > 0;
        }

        if (Pop() == 0)
        {
            Publish();
            if (!_queue.AwaitBuffers() || Pop() == 0)
            {
                Latency?.Emptied();
                return false;
            }
        }

        SkipConsumed();
        return true;
    }

    private int Pop()
    {
        long before = Latency is null ? 0 : MonotonicClock.Now;
        int popped = _queue.Pop(_batch);
        Latency?.Popped(popped, areMore: _queue.HasAvailable, before);
        return popped;
    }

    /// <summary>The driver repeats the chain it stopped in; its endpoint must not see the same bytes again.</summary>
    private void SkipConsumed()
    {
        if (_skip > 0)
        {
            GiveBack(_batch.Consume(Math.Min(_skip, _batch[0].Bytes)));
            _skip = 0;
        }
    }

    /// <summary>
    /// What goes to the endpoint at once. A guest's buffer may be 4 GiB long and a file takes all of it before the write returns,
    /// so a buffer above a turn's worth is cut, by way of <paramref name="cut"/>.
    /// </summary>
    private ReadOnlySpan<IoVector> Offer(in Turn turn, ref IoVector cut)
    {
        long chains = Math.Min(turn.ChainsLeft, Limit);
        ReadOnlySpan<IoVector> segments = chains < _batch.Count ? _batch.SegmentsOfFirst((int)chains) : _batch.Segments;
        ReadOnlySpan<IoVector> front = Segments.Front(segments, turn.Budget);
        if (front.IsEmpty || front[^1].Length <= PortSlot.Quantum)
        {
            return front;
        }

        if (front.Length > 1)
        {
            return front[..^1];
        }

        cut = front[0].Slice(0, (nuint)PortSlot.Quantum);
        return new ReadOnlySpan<IoVector>(ref cut);
    }

    /// <summary>All there is; of a port that is recorded a turn's worth, for what is written down is copied, and a guest may say that its buffers are gigabytes.</summary>
    private nuint ToDiscard(Port port) => port.Recorder is null ? Offered() : nuint.Min(Offered(), (nuint)PortSlot.Quantum);

    private nuint Offered()
    {
        nuint bytes = 0;
        foreach (IoVector segment in _batch.Segments)
        {
            bytes += segment.Length;
        }

        return bytes;
    }
}
