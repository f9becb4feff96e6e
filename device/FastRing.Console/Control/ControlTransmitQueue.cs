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
    private const int ChainsHeld = 16;
    private const int ChainsATurn = 256; // A message may concern 511 ports.

    private readonly ChainBatch _batch = new(ChainsHeld, ChainDirection.Readable);
    private readonly ControlMessage[] _messages = new ControlMessage[ChainsHeld];
    private readonly ConsoleDevice _device;
    private Virtqueue? _queue;

    public ControlTransmitQueue(ConsoleDevice device) => _device = device;

    /// <summary>Messages the driver sent.</summary>
    public ulong Received { get; private set; }

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

    protected override bool Run()
    {
        int left = ChainsATurn;
        while (left > 0 && Fetch())
        {
            int count = _batch.Count;
            int messages = Gather(count);
            _queue!.Complete(_batch, count);
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

        for (int i = 0; i < messages; i++)
        {
            Received++;
            _device.HandleControl(_messages[i]);
        }
    }
}
