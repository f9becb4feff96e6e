using FastRing.Console.Control;
using FastRing.Console.Ports;
using FastRing.Console.Spec;
using FastRing.Devices;
using FastRing.Queues;
using FastRing.Spec;
using FastRing.Workers;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace FastRing.Console;

/// <summary>
/// The virtio console device with MULTIPORT (virtio 1.2, 5.3), as Linux, Windows and QEMU's guests expect it. Any transport can
/// carry it; one worker owns it.
/// </summary>
public sealed class ConsoleDevice : IVirtioDevice, IDisposable
{
    private readonly Port[] _ports;
    private readonly ControlReceiveQueue _controlReceive = new();
    private readonly ControlTransmitQueue _controlTransmit;
    private readonly ConsoleLog _log;
    private readonly ulong _features;
    private IDeviceTransport? _transport;
    private bool _multiport;

    /// <summary>Makes the device; <see cref="StartAsync"/> brings its endpoints to life.</summary>
    /// <param name="worker">The thread that will own it.</param>
    /// <param name="options">Ports and features. The endpoints belong to the device from here on.</param>
    /// <param name="logger">Where problems go, at a limited rate; null: nowhere.</param>
    /// <exception cref="ArgumentException">The options contradict themselves: see <see cref="ConsoleOptions.WhyInvalid()"/>.</exception>
    public ConsoleDevice(Worker worker, ConsoleOptions options, ILogger? logger = null)
    {
        if (options.WhyInvalid() is { } why)
        {
            throw new ArgumentException(why, nameof(options));
        }

        Worker = worker;
        _log = new ConsoleLog(logger ?? NullLogger.Instance, options.Name);
        _controlTransmit = new ControlTransmitQueue(this);
        _features = VirtioFeatures.Version1 | ConsoleFeatures.Multiport
            | (options.EventIndex ? VirtioFeatures.EventIndex : 0)
            | (options.IndirectDescriptors ? VirtioFeatures.IndirectDescriptors : 0)
            | (options.PackedRing ? VirtioFeatures.RingPacked : 0)
            | VirtioFeatures.InOrder | VirtioFeatures.RingReset;
        _ports = NumberPorts(options);
    }

    /// <summary>The thread that owns the device.</summary>
    public Worker Worker { get; }

    /// <summary>All ports by number, those nobody configured included.</summary>
    public IReadOnlyList<Port> Ports => _ports;

    /// <summary>What happened on the control queues and to the device as a whole.</summary>
    public ConsoleCounters Counters => new(
        _controlTransmit.Received, _controlTransmit.Malformed, UnknownControl, _controlReceive.Sent, _controlReceive.TooSmallBuffers, BrokenQueues);

    /// <inheritdoc/>
    public uint DeviceId => 3;

    /// <inheritdoc/>
    public ulong Features => _features;

    /// <inheritdoc/>
    public int QueueCount => QueueMap.QueueCount(_ports.Length);

    /// <inheritdoc/>
    public int ConfigSize => ConsoleConfig.SizeBytes;

    internal ulong UnknownControl { get; private set; }

    internal ulong BrokenQueues { get; private set; }

    /// <summary>Starts the endpoints. Any thread but the worker's.</summary>
    public Task StartAsync() => Worker.InvokeAsync(() =>
    {
        foreach (Port port in _ports)
        {
            port.Endpoint?.Start(Worker, port);
        }
    });

    /// <summary>Closes the endpoints. The transport must be gone before. Any thread but the worker's.</summary>
    public void Dispose() => Worker.InvokeAsync(() =>
    {
        foreach (Port port in _ports)
        {
            port.Endpoint?.Dispose();
        }
    }).GetAwaiter().GetResult();

    /// <inheritdoc/>
    public void Attached(IDeviceTransport? transport) => _transport = transport;

    /// <inheritdoc/>
    public void ReadConfig(int offset, Span<byte> destination)
    {
        Span<byte> config = stackalloc byte[ConsoleConfig.SizeBytes];
        ConsoleConfig.Write(config, _ports.Length);
        config.Slice(offset, destination.Length).CopyTo(destination);
    }

    /// <inheritdoc/>
    public void WriteConfig(int offset, ReadOnlySpan<byte> source)
    {
        // Every field but emerg_wr is read-only, and emergency write is not offered.
    }

    /// <inheritdoc/>
    public void FeaturesNegotiated(ulong features) => _multiport = (features & ConsoleFeatures.Multiport) != 0;

    /// <inheritdoc/>
    public void QueueStarted(int index, Virtqueue queue, bool enabled)
    {
        if (index == QueueMap.ControlTransmit)
        {
            _controlTransmit.Start(queue, enabled);
        }
        else if (index == QueueMap.ControlReceive)
        {
            _controlReceive.Start(queue, enabled);
        }
        else if (QueueMap.IsTransmit(index))
        {
            PortOf(index).StartTransmit(queue, enabled);
        }
        else
        {
            PortOf(index).StartReceive(queue, enabled);
            OpenWithoutMultiport(PortOf(index));
        }
    }

    /// <inheritdoc/>
    public void QueueEnabled(int index, bool enabled)
    {
        if (index == QueueMap.ControlTransmit)
        {
            _controlTransmit.IsEnabled = enabled;
            _controlTransmit.RunNow();
        }
        else if (index == QueueMap.ControlReceive)
        {
            _controlReceive.IsEnabled = enabled;
            RunControlReceive();
        }
        else
        {
            PortOf(index).Enable(QueueMap.IsTransmit(index), enabled);
        }
    }

    /// <inheritdoc/>
    public void QueueKicked(int index)
    {
        if (index == QueueMap.ControlTransmit)
        {
            _controlTransmit.RunNow();
        }
        else if (index == QueueMap.ControlReceive)
        {
            RunControlReceive();
        }
        else
        {
            PortOf(index).Wake();
        }
    }

    /// <inheritdoc/>
    public void QueueStopping(int index)
    {
        if (index == QueueMap.ControlTransmit)
        {
            _controlTransmit.Stop();
        }
        else if (index == QueueMap.ControlReceive)
        {
            _controlReceive.Stop();
        }
        else if (QueueMap.IsTransmit(index))
        {
            PortOf(index).StopTransmit();
        }
        else
        {
            PortOf(index).StopReceive();
        }
    }

    /// <inheritdoc/>
    public void QueueReset(int index)
    {
        if (index is not (QueueMap.ControlTransmit or QueueMap.ControlReceive) && QueueMap.IsTransmit(index))
        {
            PortOf(index).TransmitReset();
        }
    }

    /// <inheritdoc/>
    public void Reset()
    {
        foreach (Port port in _ports)
        {
            port.DriverReset();
        }
    }

    /// <summary>A port has something to tell the driver, at the next <see cref="RunControlReceive"/>.</summary>
    internal void Enqueue(Port port) => _controlReceive.Enqueue(port);

    /// <summary>Tells the driver what ports have pending, as far as it has control buffers.</summary>
    internal void RunControlReceive()
    {
        _controlReceive.Run();
        if (_controlReceive.Queue is { } queue)
        {
            CheckRing(QueueMap.ControlReceive, queue);
        }
    }

    internal void HandleControl(in ControlMessage message)
    {
        if (message.Event == ControlEvent.DeviceReady)
        {
            DeviceReady(message.Value == 1);
        }
        else if (message.Port >= (uint)_ports.Length || _ports[message.Port].Endpoint is null)
        {
            UnknownControl++;
            _log.NoSuchPort(message);
        }
        else if (message.Event == ControlEvent.PortReady)
        {
            PortReady(_ports[message.Port], message.Value == 1);
        }
        else if (message.Event == ControlEvent.PortOpen)
        {
            _ports[message.Port].DriverOpened(message.Value != 0);
        }
        else
        {
            UnknownControl++;
            _log.UnknownEvent(message);
        }
    }

    internal void CheckRing(int index, Virtqueue queue)
    {
        if (queue.Error != VirtqueueError.None)
        {
            BrokenQueues++;
            QueueStopping(index);
            _transport?.QueueBroken(index, queue.Error);
        }
    }

    internal void ReportEndpoint(Port port, string problem) => _log.Endpoint(port, problem);

    internal void ReportFault(string where, Exception fault) => _log.Fault(where, fault);

    private static void Place(Port[] ports, ConsoleDevice device, int id, PortOptions? options) => ports[id] = new Port(device, id, options);

    private Port[] NumberPorts(ConsoleOptions options)
    {
        var ports = new Port[options.MaxPorts];
        PortOptions? console = options.Ports.FirstOrDefault(p => p.IsConsole);
        Place(ports, this, 0, console);
        int next = 1;
        foreach (PortOptions port in options.Ports.Where(p => p != console))
        {
            Place(ports, this, next++, port);
        }

        while (next < ports.Length)
        {
            Place(ports, this, next++, null);
        }

        return ports;
    }

    private Port PortOf(int queue) => _ports[QueueMap.PortOf(queue)];

    private void DeviceReady(bool ready)
    {
        if (!ready)
        {
            _log.DriverFailed();
            return;
        }

        foreach (Port port in _ports)
        {
            if (port.Endpoint is not null)
            {
                port.Announce();
            }
        }
    }

    private void PortReady(Port port, bool ready)
    {
        if (ready)
        {
            port.DriverReady();
        }
        else
        {
            _log.PortFailed(port);
        }
    }

    /// <summary>A driver without MULTIPORT has port 0 only, ready and open as soon as its ring runs.</summary>
    private void OpenWithoutMultiport(Port port)
    {
        if (!_multiport && port.Id == 0)
        {
            port.DriverReady();
            port.DriverOpened(true);
        }
    }
}
