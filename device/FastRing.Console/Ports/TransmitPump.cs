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

    public TransmitPump(Virtqueue queue, PortCounters counters)
    {
        _queue = queue;
        _counters = counters;
    }

    /// <summary>False: what the driver sends is completed unread (vhost-user, "Ring states").</summary>
    public bool IsEnabled { get; set; }

    public Virtqueue Queue => _queue;

    /// <summary>Moves bytes until there are none, the endpoint takes none, or <paramref name="budget"/> is used up.</summary>
    /// <param name="endpoint">Who takes the bytes; null: nobody ever will, they are discarded.</param>
    /// <param name="discardsWhenBlocked">A console's driver spins until its buffer returns, so what can't be delivered is dropped.</param>
    /// <param name="budget">Bytes left of this turn; may become negative, because a buffer is not cut.</param>
    /// <returns>True when only the budget stopped it.</returns>
    public bool Run(IHostEndpoint? endpoint, bool discardsWhenBlocked, ref long budget)
    {
        bool discards = endpoint is null || !IsEnabled || (discardsWhenBlocked && !endpoint.IsOpen);
        if (!discards && !endpoint!.IsOpen)
        {
            return false;
        }

        _queue.SuppressNotifications();
        bool blocked = false;
        while (budget > 0 && !blocked && Fetch())
        {
            nuint moved = discards ? 0 : (nuint)endpoint!.Write(Segments.Front(_batch.Segments, budget));
            _counters.BytesToHost += moved;
            if (moved == 0 && _batch.Segments.Length > 0)
            {
                blocked = !discards && !discardsWhenBlocked;
                moved = blocked ? 0 : Discard();
            }

            int done = _batch.Consume(moved);
            _queue.Complete(_batch, done);
            budget -= (long)moved + (done * Port.ChainCost);
        }

        _queue.PublishAndNotify();
        return !blocked && budget <= 0;
    }

    /// <summary>The queue stops: the chains not yet completed stay the driver's.</summary>
    public void Drop() => _batch.Clear();

    /// <summary>Makes sure the batch holds a chain; when there is none, asks for notifications.</summary>
    private bool Fetch()
    {
        if (_batch.Count > 0 || _queue.Pop(_batch) > 0)
        {
            return true;
        }

        _queue.PublishAndNotify();
        return _queue.EnableNotifications() && _queue.Pop(_batch) > 0;
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
