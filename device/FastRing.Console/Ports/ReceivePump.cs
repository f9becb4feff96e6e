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
    private readonly PortSlot _slot;
    private readonly ChainBatch _batch;
    private readonly Virtqueue _queue;
    private BufferReturns _returns;
    private nuint _written; // Bytes of the oldest buffer an endpoint has written in place.
    private bool _isLent;   // An endpoint may write to it anywhere.

    /// <param name="slot">The number it works for.</param>
    /// <param name="queue">The queue.</param>
    /// <param name="returns">What is out of its buffers.</param>
    public ReceivePump(PortSlot slot, Virtqueue queue, in BufferReturns returns)
    {
        _slot = slot;
        _queue = queue;
        _batch = new ChainBatch(queue.Size, ChainDirection.Writable);
        _returns = returns;
    }

    /// <summary>False: the ring is left alone.</summary>
    public bool IsEnabled { get; set; }

    public Virtqueue Queue => _queue;

    /// <summary>There is a buffer to be filled.</summary>
    public bool HasBuffers => _batch.Count > 0 || _queue.HasAvailable;

    /// <summary>Hears what is given back, before the driver does; null: nobody.</summary>
    public PortStream? Stream { get; set; }

    /// <summary>Measures what is given back; null: nobody wants to know.</summary>
    public ReceiveLatency? Latency { get; set; }

    /// <summary>What the driver had not given back when last looked.</summary>
    public BufferReturns Returns => _returns;

    /// <summary>What is left of the oldest buffer's piece that is next to be written to. There is a buffer.</summary>
    public IoVector Room
    {
        get
        {
            nuint skip = _written;
            foreach (IoVector piece in _batch.SegmentsOf(0))
            {
                if (skip < piece.Length)
                {
                    return piece.Slice(skip);
                }

                skip -= piece.Length;
            }

            return default;
        }
    }

    /// <summary><see cref="Room"/>, to be written to by an endpoint.</summary>
    public IoVector Lend()
    {
        _isLent = true;
        return Room;
    }

    /// <summary>Moves bytes until there are none, the driver has no buffers, or the turn is over.</summary>
    /// <param name="endpoint">Where they come from.</param>
    /// <param name="turn">How many, and how many it were.</param>
    /// <returns>True when only the turn's end stopped it.</returns>
    public bool Run(IHostEndpoint endpoint, ref Turn turn)
    {
        if (!IsEnabled)
        {
            Latency?.Idle();
            return false;
        }

        if (endpoint.MayHaveInput)
        {
            Latency?.Woken();
            Move(endpoint, ref turn);
        }

        if (Latency is { } latency && !endpoint.MayHaveInput)
        {
            latency.Idle();
        }

        if (endpoint.WantsRoom && Fetch())
        {
            endpoint.RoomPossible();
        }

        return turn.IsOver && endpoint.MayHaveInput;
    }

    /// <summary>Makes sure there is a buffer with room; full ones are given back, not published.</summary>
    public bool HasRoom(ref Turn turn)
    {
        while (Fetch())
        {
            if (Room.Length > 0)
            {
                return true;
            }

            GiveBack(ref turn);
        }

        return false;
    }

    /// <summary>An endpoint wrote to the front of <see cref="Room"/>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">More than there is room for.</exception>
    public void Wrote(nuint bytes)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(bytes, _batch.Count == 0 ? 0 : Room.Length);
        _written += bytes;
        Latency?.Written(bytes);
    }

    /// <summary>Gives the oldest buffer back, if it was written to in place. Not published.</summary>
    public void EndBuffer(ref Turn turn)
    {
        if (_written > 0)
        {
            GiveBack(ref turn);
        }
    }

    /// <summary>What was given back is the driver's.</summary>
    public void Publish()
    {
        Stream?.ShowsReceived(_queue.Base, _returns, _batch.Count);
        _queue.PublishAndNotify();
        Latency?.Shown();
    }

    /// <summary>The driver closed the port and may take its buffers back: those fetched ahead go back to the ring.</summary>
    public void PutBack()
    {
        EndLoan();
        _written = 0;
        Latency?.Unwritten();
        _returns.PutBack(_batch.Count);
        _queue.PutBack(_batch);
    }

    /// <summary>Looks what came back, and asks to be told when more does.</summary>
    public void Listen()
    {
        if (IsEnabled && _returns.BytesOut > 0)
        {
            // A batch of long chains may be full although the ring is not: then there is no more to see for now.
            while (Pop() > 0 || (_queue.EnableNotifications() && Pop() > 0))
            {
            }
        }
    }

    /// <summary>The queue stops: the chains not yet completed stay the driver's.</summary>
    public void Drop()
    {
        EndLoan();
        Stream?.ShowsReceived(_queue.Base, _returns, _batch.Count); // Should anything not be published yet, the transport does it now.
        _written = 0;
        _returns.PutBack(_batch.Count);
        _batch.Clear();
    }

    private void EndLoan()
    {
        if (_isLent && _batch.Count > 0)
        {
            _queue.NoteTouched(_batch.SegmentsOf(0));
        }

        _isLent = false;
    }

    private void Move(IHostEndpoint endpoint, ref Turn turn)
    {
        _queue.SuppressNotifications();
        EndBuffer(ref turn);

        // A read may be the last of a client, and the next one there already: its bytes are not for a driver that knows of neither.
        while (!turn.IsOver && _slot.MayReceive && endpoint.MayHaveInput && FetchOrPublish())
        {
            // Buffers without room are no reason to ask the endpoint: to read nothing looks like the end of its input.
            ReadOnlySpan<IoVector> room = Offer(turn);
            nuint read = room.IsEmpty ? 0 : (nuint)endpoint.Read(room);
            Complete(_batch.Fill(read), read, ref turn);

            // Never nothing: clients that come and go without a word must not keep the worker here.
            turn.SpendAttempt();
        }

        Publish();
    }

    private ReadOnlySpan<IoVector> Offer(in Turn turn)
    {
        ReadOnlySpan<IoVector> segments = turn.ChainsLeft < _batch.Count ? _batch.SegmentsOfFirst((int)turn.ChainsLeft) : _batch.Segments;
        return Segments.Front(segments, turn.Budget);
    }

    private void GiveBack(ref Turn turn)
    {
        nuint written = _written;
        EndLoan();
        _written = 0;
        Complete(_batch.Fill(written), written, ref turn);
    }

    private void Complete(int done, nuint bytes, ref Turn turn)
    {
        if (_returns.Used == 0 && done > 0)
        {
            _returns.Begin(areMore: _queue.HasAvailable);
        }

        for (int i = 0; i < done; i++)
        {
            _returns.Use(_batch[i].Written);
        }

        _slot.Port.Recorder?.ToGuest(_batch, done);
        _slot.Port.Counters.BytesToGuest += bytes;
        Stream?.Filled(bytes, done);
        _queue.Complete(_batch, done);
        Latency?.Given(done);
        turn.Spend(bytes, done);
    }

    /// <summary>Makes sure the batch holds a chain; when there is none, asks for notifications.</summary>
    private bool Fetch() => _batch.Count > 0 || Pop() > 0 || (_queue.EnableNotifications() && Pop() > 0);

    /// <summary>The same. A driver that has no buffers left may be waiting for those that were filled.</summary>
    private bool FetchOrPublish()
    {
        if (_batch.Count == 0 && Pop() == 0)
        {
            Publish();
        }

        return Fetch();
    }

    private int Pop()
    {
        int popped = _queue.Pop(_batch);
        _returns.Add(popped);
        return popped;
    }
}
