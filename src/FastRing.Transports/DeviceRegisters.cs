using FastRing.Devices;
using FastRing.Memory;
using FastRing.Queues;
using FastRing.Spec;
using FastRing.Workers;

namespace FastRing.Transports;

/// <summary>
/// What the registers of every transport stand for: status, features, queues, configuration (virtio 1.2, 2 and 3.1). What a driver writes out of order does nothing, and is
/// counted; where the device can't go on it needs a reset. Worker thread only.
/// </summary>
internal sealed class DeviceRegisters : IDeviceTransport, IDisposable
{
    private const DeviceStatus DriverBits = DeviceStatus.Acknowledge | DeviceStatus.Driver | DeviceStatus.FeaturesOk | DeviceStatus.DriverOk | DeviceStatus.Failed;

    /// <summary>Legacy drivers' alone: these transports have none.</summary>
    private const ulong LegacyFeatures = VirtioFeatures.NotifyOnEmpty | VirtioFeatures.AnyLayout;

    /// <summary>What FastRing's devices have in common (PCI's number of virtio's inventors).</summary>
    public const uint VendorId = 0x1af4;

    private readonly INotifications _notifications;
    private readonly TransportQueue[] _queues;
    private ulong _written; // Features the driver has written, before they are agreed on.
    private bool _mayAccessMemory = true;

    private DeviceRegisters(Worker worker, IVirtioDevice device, INotifications notifications, TransportOptions options)
    {
        Worker = worker;
        Device = device;
        Options = options;
        _notifications = notifications;
        _queues = [.. Enumerable.Range(0, device.QueueCount).Select(i => new TransportQueue(this, i))];
    }

    public Worker Worker { get; }

    public IVirtioDevice Device { get; }

    public TransportOptions Options { get; }

    public TransportCounters Counters { get; } = new();

    /// <summary>The most entries a queue may have.</summary>
    public ushort MaxQueueSize => Options.MaxQueueSize;

    public ulong OfferedFeatures => (Device.Features & ~LegacyFeatures) | VirtioFeatures.Version1 | VirtioFeatures.NotificationData;

    /// <summary>What both sides agree on; 0 before they do.</summary>
    public ulong DriverFeatures { get; private set; }

    public DeviceStatus Status { get; private set; }

    /// <summary>Changes with the configuration (virtio 1.2, 2.5.1). It is told in one byte or in four, and wraps.</summary>
    public uint ConfigGeneration { get; private set; }

    public ReadOnlySpan<TransportQueue> Queues => _queues;

    /// <summary>The counters of every ring that runs. Any thread.</summary>
    public IEnumerable<(int Index, VirtqueueCounters Counters)> RunningQueues() =>
        from queue in _queues let counters = queue.Counters where counters is not null select (queue.Index, counters);

    /// <summary>Guest memory; null: there is none. The transport's owner keeps it.</summary>
    public GuestMemory? Memory { get; private set; }

    /// <summary>The device must not consume buffers before DRIVER_OK (virtio 1.2, 2.1.2).</summary>
    public bool MayRun => Status.HasFlag(DeviceStatus.DriverOk) && _mayAccessMemory;

    public bool HasFeatures => Status.HasFlag(DeviceStatus.FeaturesOk);

    public bool Has(ulong feature) => (DriverFeatures & feature) != 0;

    /// <summary>The queue of that number; null, and counted, when there is none.</summary>
    public TransportQueue? Queue(uint index) => index < (uint)_queues.Length ? _queues[index] : null;

    /// <exception cref="ArgumentException">No ring may be as large as the options say.</exception>
    public static DeviceRegisters Create(Worker worker, IVirtioDevice device, INotifications notifications, TransportOptions? options)
    {
        options ??= new TransportOptions();
        return RingLayout.IsValidSize(options.MaxQueueSize)
            ? new DeviceRegisters(worker, device, notifications, options)
            : throw new ArgumentException($"a queue can't have {options.MaxQueueSize} entries", nameof(options));
    }

    public void Attach() => Device.Attached(this);

    /// <summary>32 of the offered feature bits.</summary>
    public uint ReadFeatures(uint select) => select > 1 ? 0 : (uint)(OfferedFeatures >> (int)(32 * select));

    /// <summary>32 of the driver's feature bits, as it has written them.</summary>
    public uint ReadDriverFeatures(uint select) => select > 1 ? 0 : (uint)(_written >> (int)(32 * select));

    /// <summary>After FEATURES_OK a driver has no choice any more (virtio 1.2, 3.1.1).</summary>
    public void WriteDriverFeatures(uint select, uint value)
    {
        if (HasFeatures || select > 1)
        {
            Counters.IgnoredAccesses += select > 1 && value == 0 ? 0u : 1; // A driver may well say that it wants none of those there are not.
            return;
        }

        int shift = (int)(32 * select);
        _written = (_written & ~(0xffff_fffful << shift)) | ((ulong)value << shift);
    }

    /// <summary>Sets bits: clearing one is not the driver's to do, unless it clears all of them, which is a reset (virtio 1.2, 2.1.1).</summary>
    public void WriteStatus(uint value)
    {
        if (value == 0)
        {
            Reset();
            return;
        }

        var written = (DeviceStatus)(byte)value;
        if ((value & ~(uint)(DriverBits | DeviceStatus.NeedsReset)) != 0 || (Status & DriverBits & ~written) != 0)
        {
            Counters.IgnoredAccesses++;
        }

        DeviceStatus added = written & DriverBits & ~Status;
        Status |= added & (DeviceStatus.Acknowledge | DeviceStatus.Driver | DeviceStatus.Failed);
        if (added.HasFlag(DeviceStatus.FeaturesOk))
        {
            AgreeOnFeatures();
        }

        if (added.HasFlag(DeviceStatus.DriverOk))
        {
            Begin();
        }
    }

    /// <summary>Enables a queue whose other registers are written.</summary>
    public void Enable(TransportQueue queue)
    {
        if (HasFeatures && !queue.IsEnabled)
        {
            queue.Enable();
        }
        else
        {
            Counters.IgnoredAccesses++;
        }
    }

    /// <summary>The driver resets one queue, which the feature allows it.</summary>
    public void ResetQueue(TransportQueue queue)
    {
        if (!Has(VirtioFeatures.RingReset))
        {
            Counters.IgnoredAccesses++;
            return;
        }

        ushort vector = queue.Vector;
        queue.Reset();
        queue.Vector = vector;
        Device.QueueReset(queue.Index);
    }

    /// <summary>A notification as it is written: a queue's number, with more about it if that was agreed on (virtio 1.2, 2.9).</summary>
    public void NotifyWith(uint value) => Notify(Has(VirtioFeatures.NotificationData) ? new NotificationData(value).QueueIndex : value);

    /// <summary>A notification that says by its place too which queue it is about.</summary>
    public void NotifyWith(uint value, uint place)
    {
        if ((ushort)value == place)
        {
            Notify(place);
        }
        else
        {
            Counters.IgnoredAccesses++;
        }
    }

    /// <summary>The driver made buffers available on a queue.</summary>
    public void Notify(uint index)
    {
        if (Queue(index) is { IsRunning: true } queue)
        {
            Counters.Kicks++;
            queue.Kick();
        }
        else
        {
            Counters.IgnoredAccesses++;
        }
    }

    /// <summary>Copies configuration bytes; those that there are not are zeros.</summary>
    public void ReadConfig(ulong offset, Span<byte> destination)
    {
        destination.Clear();
        if (IsInConfig(offset, destination.Length))
        {
            Device.ReadConfig((int)offset, destination);
        }
    }

    public void WriteConfig(ulong offset, ReadOnlySpan<byte> source)
    {
        if (IsInConfig(offset, source.Length))
        {
            Device.WriteConfig((int)offset, source);
        }
    }

    /// <summary>Changes the map of guest memory. Queues that run go on in the new one, if they are there.</summary>
    /// <param name="change">Gives the new map; no queue runs meanwhile.</param>
    public void ChangeMemory(Func<GuestMemory?> change)
    {
        StopQueues();
        Memory = change();
        StartQueues(isResumed: true);
    }

    /// <summary>A PCI function that may not be bus master may not touch memory.</summary>
    public void AllowMemoryAccess(bool allowed)
    {
        if (allowed == _mayAccessMemory)
        {
            return;
        }

        _mayAccessMemory = allowed;
        if (allowed)
        {
            StartQueues(isResumed: true);
        }
        else
        {
            StopQueues();
        }
    }

    /// <summary>Back to the state before any driver.</summary>
    public void Reset()
    {
        Counters.Resets++;
        StopAndForget();
        Device.Reset();
    }

    public void SetCoalescing(int queue, NotificationCoalescing coalescing) => _queues[queue].SetCoalescing(coalescing);

    /// <summary>Telling the driver comes with DRIVER_OK; the generation tells it whenever it looks.</summary>
    public void NotifyConfigChanged()
    {
        ConfigGeneration++;
        if (Status.HasFlag(DeviceStatus.DriverOk))
        {
            _notifications.NotifyConfigChanged();
        }
    }

    public void QueueBroken(int index, VirtqueueError reason) => _queues[index].Break(reason);

    public void NotifyUsed(TransportQueue queue)
    {
        Counters.Notifications++;
        _notifications.NotifyUsed(queue);
    }

    /// <summary>The driver is told by a configuration change if it is set up (virtio 1.2, 2.1.2).</summary>
    public void NeedReset(string why)
    {
        Options.NeedsReset?.Invoke(why);
        if (!Status.HasFlag(DeviceStatus.NeedsReset))
        {
            Counters.NeedsResets++;
            Status |= DeviceStatus.NeedsReset;
            NotifyConfigChanged();
        }
    }

    /// <summary>Stops everything and lets the device go, whatever it says to that.</summary>
    public void Dispose()
    {
        try
        {
            Reset();
        }
        finally
        {
            Device.Attached(null);
            Memory = null;
        }
    }

    private void AgreeOnFeatures()
    {
        bool isOffered = (_written & ~OfferedFeatures) == 0;
        bool hasVersion1 = (_written & VirtioFeatures.Version1) != 0; // Else it is a legacy driver, for which these registers are not (virtio 1.2, 6.2).
        if (!Status.HasFlag(DeviceStatus.Driver) || !isOffered || !hasVersion1)
        {
            Counters.IgnoredAccesses++;
            return;
        }

        DriverFeatures = _written;
        Status |= DeviceStatus.FeaturesOk;
        Device.FeaturesNegotiated(DriverFeatures & Device.Features); // The others are the transport's.
    }

    private void Begin()
    {
        if (!HasFeatures)
        {
            Counters.IgnoredAccesses++;
            return;
        }

        Status |= DeviceStatus.DriverOk;
        if (Status.HasFlag(DeviceStatus.NeedsReset))
        {
            _notifications.NotifyConfigChanged();
        }

        StartQueues(isResumed: false);
    }

    private bool IsInConfig(ulong offset, int length)
    {
        ulong size = (ulong)Device.ConfigSize;
        if (offset <= size && (ulong)length <= size - offset)
        {
            return true;
        }

        Counters.IgnoredAccesses++;
        return false;
    }

    private void StopAndForget()
    {
        Status = DeviceStatus.None; // First: nothing is told of what is reset.
        foreach (TransportQueue queue in _queues)
        {
            try
            {
                queue.Reset();
            }
            catch (Exception e)
            {
                Counters.Faults++;
                Options.NeedsReset?.Invoke(e.Message);
            }
        }

        DriverFeatures = _written = 0;
        _notifications.Reset();
    }

    private void StartQueues(bool isResumed)
    {
        foreach (TransportQueue queue in _queues)
        {
            queue.Start(isResumed);
        }
    }

    private void StopQueues()
    {
        foreach (TransportQueue queue in _queues)
        {
            queue.Stop();
        }
    }
}
