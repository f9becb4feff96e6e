using FastRing.Console.Recovery;
using FastRing.Console.Spec;
using FastRing.Memory;
using FastRing.Queues;
using FastRing.Workers;

namespace FastRing.Console.Control;

/// <summary>
/// Driver to device. The driver spins, often with a lock held, until its buffer comes back, so buffers are returned before the
/// message is even looked at, whatever any port or endpoint is doing. Only a flood has to stand in line for the rest of it.
/// </summary>
internal sealed class ControlTransmitQueue : WorkItem
{
    private const int ChainsHeld = ControlJournal.MostMessages;
    private const int ChainsATurn = 64; // About 50 µs, which is what other guests of the worker wait for a flood.

    private readonly ChainBatch _batch = new(ChainsHeld, ChainDirection.Readable);
    private readonly ControlMessage[] _messages = new ControlMessage[ChainsHeld];
    private readonly ConsoleDevice _device;
    private Virtqueue? _queue;

    public ControlTransmitQueue(ConsoleDevice device) => _device = device;

    /// <summary>Messages the driver sent, those included that devices before this one have dealt with and were killed.</summary>
    public ulong Received { get; private set; }

    /// <summary>Messages are being looked at: what is known of the driver is half old and half new.</summary>
    public bool IsHandling { get; private set; }

    /// <summary>Messages too short to be one.</summary>
    public ulong Malformed { get; private set; }

    public bool IsRunning => _queue is not null;

    /// <summary>False: the ring is left alone.</summary>
    public bool IsEnabled { get; set; }

    public void Start(Virtqueue queue, bool enabled)
    {
        _queue = queue;
        IsEnabled = enabled;
    }

    public void Stop()
    {
        _batch.Clear();
        _queue = null;
    }

    /// <summary>Goes on as that of a device that was killed.</summary>
    /// <param name="received">Messages that one had received, and dealt with.</param>
    /// <param name="unhandled">Those it had not dealt with.</param>
    public void Recover(ulong received, ReadOnlySpan<ControlMessage> unhandled)
    {
        Received = received;
        Handle(unhandled);
    }

    protected override bool Run()
    {
        int left = ChainsATurn;
        while (left > 0 && Fetch())
        {
            int count = _batch.Count;
            int messages = Gather(count);
            uint before = _queue!.Base;
            _queue.Complete(_batch, count);
            _device.Journal(before, _queue.Base, _messages.AsSpan(0, messages));
            _queue.PublishAndNotify();
            Handle(count, messages);
            left -= count;
        }

        _device.RunControlReceive();
        if (_queue is not null)
        {
            _device.CheckRing(QueueMap.ControlTransmit, _queue);
        }

        return left <= 0 && _queue is not null;
    }

    protected override void OnFault(Exception fault) => _device.ReportFault("control queue", fault);

    /// <summary>Runs a turn at once: control goes before all that stands in line.</summary>
    public void RunNow()
    {
        if (Run())
        {
            _device.Worker.Schedule(this);
        }
    }

    private bool Fetch() =>
        _queue is not null && IsEnabled && (_queue.Pop(_batch) > 0 || (_queue.EnableNotifications() && _queue.Pop(_batch) > 0));

    /// <summary>Copies the first 8 bytes of each chain, however it is split, before anybody looks at them.</summary>
    private int Gather(int chains)
    {
        Span<byte> bytes = stackalloc byte[ControlMessage.SizeBytes];
        int messages = 0;
        for (int i = 0; i < chains; i++)
        {
            if (Segments.CopyTo(_batch.SegmentsOf(i), bytes) == ControlMessage.SizeBytes)
            {
                _messages[messages++] = ControlMessage.Read(bytes);
            }
            else
            {
                Malformed++;
            }
        }

        return messages;
    }

    private void Handle(int chains, int messages)
    {
        if (messages < chains)
        {
            _device.RaiseBadControl();
        }

        Handle(_messages.AsSpan(0, messages));
    }

    private void Handle(ReadOnlySpan<ControlMessage> messages)
    {
        IsHandling = true;
        try
        {
            foreach (ControlMessage message in messages)
            {
                Received++;
                _device.HandleControl(message);
            }
        }
        finally
        {
            IsHandling = false;
        }

        _device.Keep();
    }
}
