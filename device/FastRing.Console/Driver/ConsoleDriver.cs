using FastRing.Console.Spec;
using FastRing.Devices;
using FastRing.Interop;
using FastRing.Memory;
using FastRing.Queues;

namespace FastRing.Console.Driver;

/// <summary>
/// The driver's side of the console device (virtio 1.2, 5.3.5), for VMMs' own use, demos, tests and benches. One thread owns it:
/// <code>
/// driver.Start();
/// while (driver.FindPort("org.example.0") is null) { driver.Wait(timeout); driver.Poll(); }
/// </code>
/// </summary>
public sealed class ConsoleDriver : IDisposable
{
    private const ushort RingSize = 256;
    private const int ControlBuffers = 32;
    private const int ControlBytes = 256;

    private readonly Epoll _epoll = new();
    private readonly Dictionary<uint, DriverPort> _ports = [];
    private readonly EpollReady[] _ready = new EpollReady[16];
    private readonly EventFd[] _calls;
    private readonly DriverQueue[] _queues;
    private readonly DriverPortBuffers?[] _buffers; // by port number, from its first port on
    private readonly DriverBuffers _sizes;
    private readonly GuestAddress _control;
    private readonly GuestAddress _message;

    /// <summary>Starts every queue of the device.</summary>
    /// <param name="transport">The way to the device, with <see cref="ConsoleFeatures.Multiport"/> negotiated.</param>
    /// <param name="maxPorts">max_nr_ports of the configuration space.</param>
    /// <param name="buffers">Memory spent on each port; null: the defaults.</param>
    public ConsoleDriver(IDriverTransport transport, int maxPorts, DriverBuffers? buffers = null)
    {
        Transport = transport;
        _sizes = buffers ?? new DriverBuffers();
        _buffers = new DriverPortBuffers?[maxPorts];
        _control = transport.Allocate(ControlBuffers * ControlBytes);
        _message = transport.Allocate(ControlMessage.SizeBytes);
        _queues = [.. Enumerable.Range(0, QueueMap.QueueCount(maxPorts)).Select(i => transport.StartQueue(i, RingSize))];
        _calls = [.. _queues.Select(q => q.Call)];
        for (int i = 0; i < _calls.Length; i++)
        {
            _epoll.Add(_calls[i].Fd, EpollEvents.In, (ulong)i);
        }
    }

    /// <summary>
    /// A port is another than before, as of the message named: <see cref="ControlEvent.PortAdd"/>, <see cref="ControlEvent.PortRemove"/>,
    /// <see cref="ControlEvent.ConsolePort"/>, <see cref="ControlEvent.PortName"/>, <see cref="ControlEvent.Resize"/> or
    /// <see cref="ControlEvent.PortOpen"/>. Raised by <see cref="Poll"/>, before the device hears that the message was dealt with.
    /// </summary>
    public event Action<DriverPort, ControlEvent>? PortChanged;

    /// <summary>What this driver takes for the order of a <c>RESIZE</c> message's fields.</summary>
    public ResizeOrder ResizeOrder { get; init; } = ResizeOrder.RowsFirst;

    /// <summary>The ports the device announced and did not take away.</summary>
    public IReadOnlyCollection<DriverPort> Ports => _ports.Values;

    internal IDriverTransport Transport { get; }

    /// <summary>Offers control buffers and tells the device that the driver is there.</summary>
    public void Start()
    {
        for (int i = 0; i < ControlBuffers; i++)
        {
            OfferControl(i);
        }

        _queues[QueueMap.ControlReceive].PublishAndKick();
        Send(new(ControlMessage.NoPort, ControlEvent.DeviceReady, 1));
    }

    /// <summary>The port of that name, if the device announced one.</summary>
    public DriverPort? FindPort(string name) => _ports.Values.FirstOrDefault(p => p.Name == name);

    /// <summary>Handles the control messages that came.</summary>
    public void Poll()
    {
        DriverQueue queue = _queues[QueueMap.ControlReceive];
        while (queue.Ring.TryTakeUsed(out UsedBuffer used))
        {
            ulong length = Math.Min(used.Written, ControlBytes);
            Handle(Transport.Memory.Window(ControlBuffer((int)used.Token), length).Span);
            OfferControl((int)used.Token);
        }

        queue.PublishAndKick();
    }

    /// <summary>Sleeps until the device has done something, or <paramref name="timeout"/> is over.</summary>
    /// <returns>False when nothing happened.</returns>
    public bool Wait(TimeSpan timeout)
    {
        bool ready = _queues[QueueMap.ControlReceive].Ring.EnableNotifications();
        foreach (DriverPort port in _ports.Values)
        {
            ready |= port.Buffers.Arm();
        }

        int events = _epoll.Wait(_ready, ready ? 0 : (int)timeout.TotalMilliseconds);
        for (int i = 0; i < events; i++)
        {
            _calls[_ready[i].Token].Drain();
        }

        foreach (DriverPort port in _ports.Values)
        {
            port.Buffers.Disarm();
        }

        return ready || events > 0;
    }

    /// <summary>Stops listening; the transport ends the queues.</summary>
    public void Dispose() => _epoll.Dispose();

    /// <summary>Sends a control message and spins until the device returned the buffer, as Linux does.</summary>
    internal void Send(ControlMessage message)
    {
        DriverQueue queue = _queues[QueueMap.ControlTransmit];
        message.Write(Transport.Memory.Window(_message, ControlMessage.SizeBytes).Span);
        queue.Ring.TryAdd([new DriverBuffer(_message, ControlMessage.SizeBytes)], [], 0);
        queue.PublishAndKick();
        var spin = default(SpinWait);
        while (!queue.Ring.TryTakeUsed(out _) && !queue.Ring.IsBroken)
        {
            spin.SpinOnce();
        }
    }

    private void Handle(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < ControlMessage.SizeBytes)
        {
            return;
        }

        ControlMessage message = ControlMessage.Read(bytes);
        if (message.Event == ControlEvent.PortAdd)
        {
            AddPort(message.Port);
        }

        if (_ports.TryGetValue(message.Port, out DriverPort? port))
        {
            Handle(port, message, bytes[ControlMessage.SizeBytes..]);
            PortChanged?.Invoke(port, message.Event);
        }
    }

    private void Handle(DriverPort port, in ControlMessage message, ReadOnlySpan<byte> rest)
    {
        switch (message.Event)
        {
            case ControlEvent.ConsolePort:
                port.IsConsole = true;
                break;
            case ControlEvent.PortName:
                port.Name = System.Text.Encoding.ASCII.GetString(rest.TrimEnd((byte)0));
                break;
            case ControlEvent.PortOpen:
                port.IsHostOpen = message.Value != 0;
                break;
            case ControlEvent.Resize when rest.Length >= ConsoleConfig.SizeOfSize:
                port.Size = ConsoleConfig.ReadSize(rest, ResizeOrder);
                break;
            case ControlEvent.PortRemove:
                _ports.Remove(port.Id);
                port.Remove();
                break;
            default:
                break;
        }
    }

    private void AddPort(uint id)
    {
        if (id < (uint)_buffers.Length && !_ports.ContainsKey(id))
        {
            _buffers[id] ??= new DriverPortBuffers(Transport, _queues[QueueMap.ReceiveQueue((int)id)], _queues[QueueMap.TransmitQueue((int)id)], _sizes);
            _ports.Add(id, new DriverPort(this, id, _buffers[id]!));
        }

        Send(new(id, ControlEvent.PortReady, (ushort)(_ports.ContainsKey(id) ? 1 : 0)));
    }

    private GuestAddress ControlBuffer(int index) => new(_control.Value + ((ulong)index * ControlBytes));

    private void OfferControl(int index) =>
        _queues[QueueMap.ControlReceive].Ring.TryAdd([], [new DriverBuffer(ControlBuffer(index), ControlBytes)], (ulong)index);
}
