using FastRing.Console.Endpoints;
using FastRing.Interop;
using FastRing.Memory;
using FastRing.Queues;

namespace FastRing.Console.Ports;

/// <summary>
/// Moves bytes from a port's endpoint into its receive queue. Reads no more than the driver's buffers hold: the rest stays in the
/// host client's socket, so memory is bounded by the client's own buffer.
/// </summary>
internal sealed class ReceivePump
{
    private const int ChainsHeld = 32;

    private readonly ChainBatch _batch = new(ChainsHeld, ChainDirection.Writable);
    private readonly Virtqueue _queue;
    private readonly PortCounters _counters;

    public ReceivePump(Virtqueue queue, PortCounters counters)
    {
        _queue = queue;
        _counters = counters;
    }

    /// <summary>False: the ring is left alone.</summary>
    public bool IsEnabled { get; set; }

    public Virtqueue Queue => _queue;

    /// <summary>Moves bytes until there are none, the driver has no buffers, or <paramref name="budget"/> is used up.</summary>
    /// <returns>True when only the budget stopped it.</returns>
    public bool Run(IHostEndpoint endpoint, ref long budget)
    {
        if (!IsEnabled)
        {
            return false;
        }

        _queue.SuppressNotifications();
        while (budget > 0 && endpoint.MayHaveInput && Fetch())
        {
            // Buffers without room are no reason to ask the endpoint: to read nothing looks like the end of its input.
            ReadOnlySpan<IoVector> room = Segments.Front(_batch.Segments, budget);
            nuint read = room.IsEmpty ? 0 : (nuint)endpoint.Read(room);
            int done = _batch.Fill(read);
            _queue.Complete(_batch, done);
            _counters.BytesToGuest += read;

            // Never nothing: clients that come and go without a word must not keep the worker here.
            budget -= (long)read + (Math.Max(done, 1) * Port.ChainCost);
        }

        _queue.PublishAndNotify();
        return budget <= 0 && endpoint.MayHaveInput;
    }

    /// <summary>The driver closed the port and may take its buffers back: those fetched ahead go back to the ring.</summary>
    public void PutBack() => _queue.PutBack(_batch);

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
}
