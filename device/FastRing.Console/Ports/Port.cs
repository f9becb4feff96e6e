using FastRing.Console.Endpoints;
using FastRing.Queues;
using FastRing.Workers;

namespace FastRing.Console.Ports;

/// <summary>
/// One port: two queues, an endpoint, and two independent bits, whether the guest and whether the host has it open. An id that
/// no port was configured for has one too, without an endpoint: what a driver sends there is discarded.
/// </summary>
public sealed class Port : WorkItem, IEndpointObserver
{
    /// <summary>Bytes a port may move each way before the others have their turn.</summary>
    internal const long Quantum = 64 * 1024;

    /// <summary>What a chain costs of it besides its bytes, so that a turn of tiny or empty chains ends too.</summary>
    internal const long ChainCost = 128;

    private readonly ConsoleDevice _device;
    private TransmitPump? _transmit;
    private ReceivePump? _receive;
    private long _transmitDeficit;
    private long _receiveDeficit;
    private (uint Base, nuint Consumed) _transmitStop; // Where the transmit queue stopped, and how far into that chain.
    private bool _announcedOpen;

    internal Port(ConsoleDevice device, int id, PortOptions? options)
    {
        _device = device;
        Id = id;
        Name = options?.Name ?? "";
        IsConsole = options?.IsConsole ?? false;
        Endpoint = options?.Endpoint;
    }

    /// <summary>Number of the port; 0 is the one a driver without MULTIPORT sees.</summary>
    public int Id { get; }

    /// <summary>What the guest finds it by; empty: only by number.</summary>
    public string Name { get; }

    /// <summary>True for a console (hvc), false for a serial port.</summary>
    public bool IsConsole { get; }

    /// <summary>What passed through it.</summary>
    public PortCounters Counters { get; } = new();

    /// <summary>The guest's driver said PORT_READY.</summary>
    public bool IsReady { get; private set; }

    /// <inheritdoc/>
    public bool IsGuestOpen { get; private set; }

    /// <summary>The host's side is open. A console's always is: its guest must never wait for a reader.</summary>
    public bool IsHostOpen => Endpoint is not null && (IsConsole || Endpoint.IsOpen);

    /// <summary>What happened on the queue the guest writes to; null while it is stopped. Any thread.</summary>
    public VirtqueueCounters? TransmitCounters => _transmit?.Queue.Counters;

    internal IHostEndpoint? Endpoint { get; }

    internal PendingControl Pending { get; private set; }

    internal bool IsInControlLine { get; set; }

    /// <inheritdoc/>
    public void HostOpenChanged() => Wake();

    /// <inheritdoc/>
    public void InputPossible() => Wake();

    /// <inheritdoc/>
    public void OutputPossible() => Wake();

    /// <inheritdoc/>
    public void Report(string problem) => _device.ReportEndpoint(this, problem);

    /// <inheritdoc/>
    protected override bool Run()
    {
        bool more = RunTransmit();
        more |= RunReceive();

        // Only now that a leaving client's last bytes are published: a guest that hears of the end first may not read them.
        if (UpdatePendingOpen())
        {
            _device.RunControlReceive();
        }

        return more;
    }

    /// <inheritdoc/>
    protected override void OnFault(Exception fault)
    {
        Report($"port stopped: {fault}");
        StopTransmit();
        StopReceive();
    }

    internal void Wake() => _device.Worker.Schedule(this);

    /// <summary>DEVICE_READY: the driver is to hear of the port.</summary>
    internal void Announce() => SetPending(PendingControl.Add);

    /// <summary>PORT_READY: what the driver needs to know, in QEMU's order.</summary>
    internal void DriverReady()
    {
        IsReady = true;

        // An open side is told again. A closed one only to a driver that has heard of an open one: it may not have forgotten.
        _announcedOpen &= !IsHostOpen;
        SetPending((IsConsole ? PendingControl.Console : 0) | (Name.Length > 0 ? PendingControl.Name : 0));
        UpdatePendingOpen();
        Wake();
    }

    /// <summary>PORT_OPEN from the driver; the same state again is nothing new.</summary>
    internal void DriverOpened(bool open)
    {
        if (open == IsGuestOpen)
        {
            return;
        }

        IsGuestOpen = open;
        Counters.GuestOpens += open ? 1UL : 0;
        if (!open)
        {
            _receive?.PutBack();
        }

        Endpoint?.GuestOpenChanged(open);
        Wake();
    }

    /// <summary>The driver is gone or starts anew: nothing it said holds any more.</summary>
    internal void DriverReset()
    {
        IsReady = false;
        DriverOpened(false);
        _transmitStop = default;
        _announcedOpen = false;
        Pending = PendingControl.None;
    }

    /// <summary>Takes the next message out of <see cref="Pending"/>.</summary>
    internal PendingControl TakePending()
    {
        PendingControl next = Pending & (PendingControl)(-(sbyte)Pending); // lowest bit: the flags are in the order of sending
        Pending &= ~next;
        if (next == PendingControl.Open)
        {
            _announcedOpen = IsHostOpen;
        }

        return next;
    }

    internal void StartTransmit(Virtqueue queue, bool enabled)
    {
        nuint consumed = queue.Base == _transmitStop.Base ? _transmitStop.Consumed : 0;
        _transmit = new TransmitPump(queue, Counters, consumed) { IsEnabled = enabled };
    }

    internal void StartReceive(Virtqueue queue, bool enabled) => _receive = new ReceivePump(queue, Counters) { IsEnabled = enabled };

    internal void Enable(bool transmit, bool enabled)
    {
        if (transmit && _transmit is not null)
        {
            _transmit.IsEnabled = enabled;
        }
        else if (!transmit && _receive is not null)
        {
            _receive.IsEnabled = enabled;
        }

        Wake();
    }

    internal void StopTransmit()
    {
        if (_transmit is not null)
        {
            _transmitStop = (_transmit.Queue.Base, _transmit.HeadConsumed);
            _transmit.Drop();
            _transmit = null;
        }
    }

    /// <summary>The driver has forgotten the chain the queue stopped in.</summary>
    internal void TransmitReset() => _transmitStop = default;

    internal void StopReceive()
    {
        _receive?.Drop();
        _receive = null;
    }

    private bool RunTransmit()
    {
        if (_transmit is not { } pump)
        {
            return false;
        }

        // Deficit round robin: a buffer is not cut, so a turn may overdraw; the next ones pay it back.
        _transmitDeficit = Math.Min(_transmitDeficit + Quantum, Quantum);
        bool more = pump.Run(Endpoint, IsConsole, ref _transmitDeficit);
        _device.CheckRing(QueueOf(transmit: true), pump.Queue);
        return more;
    }

    private bool RunReceive()
    {
        // A driver discards what comes for a port that is closed in the guest, so it stays with the host's client until it opens.
        if (_receive is not { } pump || Endpoint is null || !(IsGuestOpen || (IsConsole && IsReady)))
        {
            return false;
        }

        _receiveDeficit = Math.Min(_receiveDeficit + Quantum, Quantum);
        bool more = pump.Run(Endpoint, ref _receiveDeficit);
        _device.CheckRing(QueueOf(transmit: false), pump.Queue);
        return more;
    }

    private int QueueOf(bool transmit) => transmit ? Spec.QueueMap.TransmitQueue(Id) : Spec.QueueMap.ReceiveQueue(Id);

    /// <returns>True when there is a new message to send.</returns>
    private bool UpdatePendingOpen()
    {
        // Compared with what the driver was told last: a host client that comes and goes faster than control buffers do is no news.
        bool isNews = IsReady && IsHostOpen != _announcedOpen;
        bool isPending = (Pending & PendingControl.Open) != 0;
        Pending &= ~PendingControl.Open;
        SetPending(isNews ? PendingControl.Open : PendingControl.None);
        return isNews && !isPending;
    }

    private void SetPending(PendingControl what)
    {
        Pending |= what;
        if (Pending != PendingControl.None)
        {
            _device.Enqueue(this);
        }
    }
}
