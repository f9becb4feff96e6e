using FastRing.Console.Endpoints;
using FastRing.Interop;
using FastRing.Memory;
using FastRing.Queues;

namespace FastRing.Console.Ports;

/// <summary>
/// Moves bytes from a port's transmit queue to its endpoint. A chain stays on the ring until the endpoint took its last byte:
/// while nobody takes any, the driver keeps the buffers and its writers wait.
/// </summary>
internal sealed class TransmitPump
{
    private const int ChainsHeld = 64;

    private readonly ChainBatch _batch = new(ChainsHeld, ChainDirection.Readable);
    private readonly Virtqueue _queue;
    private readonly PortCounters _counters;
    private nuint _skip;

    /// <param name="queue">The queue.</param>
    /// <param name="counters">The port's.</param>
    /// <param name="consumed">Bytes of the first chain that the endpoint took before the queue was stopped.</param>
    public TransmitPump(Virtqueue queue, PortCounters counters, nuint consumed)
    {
        _queue = queue;
        _counters = counters;
        _skip = consumed;
    }

    /// <summary>False: the ring is left alone.</summary>
    public bool IsEnabled { get; set; }

    public Virtqueue Queue => _queue;

    /// <summary>Bytes of the chain at the queue's base that the endpoint took already.</summary>
    public nuint HeadConsumed => _skip > 0 ? _skip : _batch.HeadConsumed;

    /// <summary>Moves bytes until there are none, the endpoint takes none, or <paramref name="budget"/> is used up.</summary>
    /// <param name="endpoint">Who takes the bytes; null: nobody ever will, they are discarded.</param>
    /// <param name="discardsWhenBlocked">A console's driver spins until its buffer returns, so what can't be delivered is dropped.</param>
    /// <param name="budget">Bytes left of this turn; may become negative, because a buffer is not cut.</param>
    /// <returns>True when only the budget stopped it.</returns>
    public bool Run(IHostEndpoint? endpoint, bool discardsWhenBlocked, ref long budget)
    {
        bool discards = endpoint is null || (discardsWhenBlocked && !endpoint.IsOpen);
        if (!IsEnabled || (!discards && !endpoint!.IsOpen))
        {
            return false;
        }

        _queue.SuppressNotifications();
        bool blocked = false;
        while (budget > 0 && !blocked && Fetch())
        {
            IoVector cut = default;
            nuint taken = discards ? 0 : (nuint)endpoint!.Write(Offer(budget, ref cut));
            blocked = taken == 0 && _batch.Segments.Length > 0 && !discards && !discardsWhenBlocked;
            nuint discarded = taken == 0 && !blocked ? Discard() : 0;
            int done = _batch.Consume(taken + discarded);
            _queue.Complete(_batch, done);
            _counters.BytesToHost += taken;
            budget -= (long)taken + (done * Port.ChainCost);
        }

        _queue.PublishAndNotify();
        return !blocked && budget <= 0;
    }

    /// <summary>The queue stops: the chains not yet completed stay the driver's.</summary>
    public void Drop() => _batch.Clear();

    /// <summary>Makes sure the batch holds a chain; when there is none, asks for notifications.</summary>
    private bool Fetch()
    {
        if (_batch.Count > 0)
        {
            return true;
        }

        if (_queue.Pop(_batch) == 0)
        {
            _queue.PublishAndNotify();
            if (!_queue.EnableNotifications() || _queue.Pop(_batch) == 0)
            {
                return false;
            }
        }

        SkipConsumed();
        return true;
    }

    /// <summary>The driver repeats the chain it stopped in; its endpoint must not see the same bytes again.</summary>
    private void SkipConsumed()
    {
        if (_skip > 0)
        {
            _queue.Complete(_batch, _batch.Consume(Math.Min(_skip, _batch[0].Bytes)));
            _skip = 0;
        }
    }

    /// <summary>
    /// What goes to the endpoint at once. A guest's buffer may be 4 GiB long and a file takes all of it before the write returns,
    /// so a buffer above a turn's worth is cut, by way of <paramref name="cut"/>.
    /// </summary>
    private ReadOnlySpan<IoVector> Offer(long budget, ref IoVector cut)
    {
        ReadOnlySpan<IoVector> front = Segments.Front(_batch.Segments, budget);
        if (front.IsEmpty || front[^1].Length <= Port.Quantum)
        {
            return front;
        }

        if (front.Length > 1)
        {
            return front[..^1];
        }

        cut = front[0].Slice(0, (nuint)Port.Quantum);
        return new ReadOnlySpan<IoVector>(ref cut);
    }

    private nuint Discard()
    {
        nuint bytes = 0;
        foreach (IoVector segment in _batch.Segments)
        {
            bytes += segment.Length;
        }

        _counters.BytesDiscarded += bytes;
        return bytes;
    }
}
