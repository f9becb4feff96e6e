using FastRing.Console.Control;
using FastRing.Console.Diagnostics;
using FastRing.Console.Ports;
using FastRing.Console.Spec;
using FastRing.Devices;
using FastRing.Diagnostics;
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
public sealed partial class ConsoleDevice : IVirtioDevice, IDisposable
{
    private readonly PortTable _table;
    private readonly EmergencyOutput _emergency = new();
    private readonly ControlReceiveQueue _controlReceive;
    private readonly ControlTransmitQueue _controlTransmit;
    private readonly ConsoleLog _log;
    private readonly ulong _features;
    private readonly PortReporter _reporter;
    private IDeviceTransport? _transport;
    private bool _isStarted;
    private bool _isDisposed;

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
        Name = options.Name;
        _log = new ConsoleLog(logger ?? NullLogger.Instance, options.Name);
        _restored = options.Restored;
        _controlReceive = new ControlReceiveQueue(this, options.ResizeOrder);
        _controlTransmit = new ControlTransmitQueue(this);

        // SIZE always: without it Linux ignores RESIZE, and a console may get a size later. 0 x 0 is what a terminal says that knows of none.
        _features = VirtioFeatures.Version1 | ConsoleFeatures.Multiport | ConsoleFeatures.Size
            | (options.EmergencyWrite ? ConsoleFeatures.EmergencyWrite : 0)
            | (options.EventIndex ? VirtioFeatures.EventIndex : 0)
            | (options.IndirectDescriptors ? VirtioFeatures.IndirectDescriptors : 0)
            | (options.PackedRing ? VirtioFeatures.RingPacked : 0)
            | (options.AccessPlatform ? VirtioFeatures.AccessPlatform : 0)
            | (options.OrderPlatform ? VirtioFeatures.OrderPlatform : 0)
            | VirtioFeatures.InOrder | VirtioFeatures.RingReset
            | VirtioFeatures.NotifyOnEmpty | VirtioFeatures.AnyLayout; // for legacy drivers, which accept no VERSION_1
        _table = new PortTable(this, options);
        _reporter = new PortReporter(this);
    }

    /// <summary>Something happened to a port or to the device. Raised on the worker's thread: be brief, and don't wait.</summary>
    public event Action<PortEvent>? PortChanged;

    /// <summary>What messages call it.</summary>
    public string Name { get; }

    /// <summary>The thread that owns the device.</summary>
    public Worker Worker { get; }

    /// <summary>All ports by number, those nobody was given included. Any thread.</summary>
    public IReadOnlyList<Port> Ports => _table.Ports;

    /// <summary>The guest's driver said DEVICE_READY. Any thread.</summary>
    public bool IsDriverReady { get; private set; }

    /// <summary>Drivers there have been: one more with every reset. Any thread.</summary>
    public uint Drivers { get; private set; } = 1;

    /// <summary>What happened on the control queues and to the device as a whole.</summary>
    public ConsoleCounters Counters => new(
        _controlTransmit.Received, _controlTransmit.Malformed, _unknownControl, _controlReceive.Sent, _controlReceive.TooSmallBuffers, BrokenQueues, _emergency.Written, _emergency.Discarded);

    /// <inheritdoc/>
    public uint DeviceId => 3;

    /// <inheritdoc/>
    public ulong Features => _features;

    /// <inheritdoc/>
    public int QueueCount => QueueMap.QueueCount(_table.Ports.Count);

    /// <inheritdoc/>
    public int ConfigSize => ConsoleConfig.SizeBytes;

    internal ulong BrokenQueues { get; private set; }

    /// <summary>Looks at those of some port numbers that have a port.</summary>
    /// <returns>True when there are numbers behind them.</returns>
    internal bool Look(int first, int count, List<PortReport> reports)
    {
        int end = Math.Min(first + count, _table.Slots.Length);
        foreach (PortSlot slot in _table.Slots[first..end])
        {
            if (!slot.IsVacant)
            {
                reports.Add(slot.Report());
            }
        }

        return end < _table.Slots.Length;
    }

    /// <summary>Starts the endpoints. Any thread but the worker's.</summary>
    public Task StartAsync() => Worker.InvokeAsync(() =>
    {
        _isStarted = true;
        ConsoleMeter.Add(this);
        Reporters.Add(_reporter);
        foreach (Port port in _table.Ports)
        {
            if (port.Endpoint is not null)
            {
                port.Start();
            }
        }
    });

    /// <summary>Removes the ports and closes their endpoints; who waits for one hears of it. The transport must be gone before. Any thread but the worker's.</summary>
    public void Dispose() => Worker.InvokeAsync(() =>
    {
        _isDisposed = true;
        ConsoleMeter.Remove(this);
        Reporters.Remove(_reporter);
        foreach (Port port in _table.Ports)
        {
            port.Remove();
        }
    }).GetAwaiter().GetResult();

    /// <summary>The port of that name. Any thread.</summary>
    public Port? FindPort(string name) => _table.Find(name);

    /// <inheritdoc/>
    public void Attached(IDeviceTransport? transport) => _transport = transport;

    /// <inheritdoc/>
    public void ReadConfig(int offset, Span<byte> destination)
    {
        Span<byte> config = stackalloc byte[ConsoleConfig.SizeBytes];
        ConsoleConfig.Write(config, _table.Ports[0].Size ?? default, _table.Ports.Count);
        config.Slice(offset, destination.Length).CopyTo(destination);
    }

    /// <inheritdoc/>
    public void WriteConfig(int offset, ReadOnlySpan<byte> source)
    {
        // The others are read-only. QEMU writes the whole space whatever field its guest wrote to, so 0 is nothing.
        int at = ConsoleConfig.EmergencyWriteOffset - offset;
        if ((_features & ConsoleFeatures.EmergencyWrite) != 0 && at >= 0 && at < source.Length && source[at..].ContainsAnyExcept((byte)0))
        {
            _emergency.Write(source[at], _table.Slots);
        }
    }

    /// <inheritdoc/>
    public void FeaturesNegotiated(ulong features)
    {
        _negotiated = features;
        IsMultiport = (features & ConsoleFeatures.Multiport) != 0;
    }

    /// <inheritdoc/>
    public void QueueStarted(int index, Virtqueue queue, bool enabled)
    {
        _area?.SetRunning(index, true);
        if (_recovering is { } recovering)
        {
            recovering.Start(index, queue, enabled);
            RecoverWhenComplete();
        }
        else if (index == QueueMap.ControlTransmit)
        {
            _controlTransmit.Start(queue, enabled);
        }
        else if (index == QueueMap.ControlReceive)
        {
            _controlReceive.Start(queue, enabled);
        }
        else if (QueueMap.IsTransmit(index))
        {
            _table.OfQueue(index).StartTransmit(queue, enabled);
        }
        else
        {
            _table.OfQueue(index).StartReceive(queue, enabled);
            OpenWithoutMultiport(_table.OfQueue(index));
        }
    }

    /// <inheritdoc/>
    public void QueueEnabled(int index, bool enabled)
    {
        if (_recovering is { } recovering)
        {
            recovering.Enable(index, enabled);
        }
        else if (index == QueueMap.ControlTransmit)
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
            _table.OfQueue(index).Enable(QueueMap.IsTransmit(index), enabled);
        }
    }

    /// <inheritdoc/>
    public void QueueKicked(int index)
    {
        if (_recovering is not null)
        {
            // All are looked at when it is over.
        }
        else if (index == QueueMap.ControlTransmit)
        {
            _controlTransmit.RunNow();
        }
        else if (index == QueueMap.ControlReceive)
        {
            RunControlReceive();
        }
        else
        {
            _table.OfQueue(index).Wake();
        }
    }

    /// <inheritdoc/>
    public void QueueStopping(int index)
    {
        if (_recovering is { } recovering)
        {
            recovering.Stop(index);
        }
        else if (index == QueueMap.ControlTransmit)
        {
            _controlTransmit.Stop();
        }
        else if (index == QueueMap.ControlReceive)
        {
            _controlReceive.Stop();
        }
        else if (QueueMap.IsTransmit(index))
        {
            _table.OfQueue(index).StopTransmit();
        }
        else
        {
            _table.OfQueue(index).StopReceive();
        }

        _area?.SetRunning(index, false);
    }

    /// <inheritdoc/>
    public void QueueReset(int index)
    {
        if (index == QueueMap.ControlReceive)
        {
            _controlReceive.Forget();
        }
        else if (index != QueueMap.ControlTransmit && QueueMap.IsTransmit(index))
        {
            _table.OfQueue(index).TransmitReset();
        }
        else if (index != QueueMap.ControlTransmit)
        {
            _table.OfQueue(index).ReceiveReset();
        }

        Keep();
    }

    /// <inheritdoc/>
    public void Reset()
    {
        ForgetRecovery();
        _controlReceive.Forget();
        IsDriverReady = false;
        Drivers++;
        foreach (PortSlot slot in _table.Slots)
        {
            slot.DriverReset();
        }

        Keep();
        Raise(PortEventKind.DriverReset, null);
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

    /// <summary>A terminal has another size.</summary>
    internal void Resized(Port port)
    {
        RunControlReceive();
        if (port.Id == 0)
        {
            _transport?.NotifyConfigChanged();
        }

        Raise(PortEventKind.Resized, port);
    }

    internal void ReportEndpoint(Port port, string problem) => _log.Endpoint(port, problem);

    internal void ReportFault(string where, Exception fault) => _log.Fault(where, fault);
}
