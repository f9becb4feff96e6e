using FastRing.Devices;
using FastRing.Memory;
using FastRing.Queues;
using FastRing.Spec;
using FastRing.VhostUser.Diagnostics;
using FastRing.VhostUser.Protocol;
using FastRing.Workers;

namespace FastRing.VhostUser.Backend;

/// <summary>What one frontend has said: features, memory, rings. Ends with its connection, and the device is reset.</summary>
internal sealed partial class Session : IDeviceTransport, IDisposable
{
    private readonly VhostUserBackend _backend;
    private readonly Vring[] _rings;
    private readonly BackendChannel _channel;
    private bool _hasRun;        // A ring did.
    private bool _configChanged; // The frontend is to hear of it.

    public Session(VhostUserBackend backend)
    {
        _backend = backend;
        _rings = new Vring[Math.Min(backend.Device.QueueCount, VringDescriptorPayload.MaxRings)];
        _channel = new BackendChannel(backend.Worker, _rings.Length, index => _rings[index].Miss);
        Memory = new MemoryTable(backend.MaxMappedBytes, backend.MemorySeals);
        Translations = new Translations(this);
        for (int i = 0; i < _rings.Length; i++)
        {
            _rings[i] = new Vring(this, i);
        }
    }

    public IVirtioDevice Device => _backend.Device;

    public Worker Worker => _backend.Worker;

    public BackendCounters Counters => _backend.Counters;

    public BackendLog Log => _backend.Log;

    public string Name => _backend.Name;

    public BackendChannel Channel => _channel;

    public MemoryTable Memory { get; }

    public Translations Translations { get; }

    public ReadOnlySpan<Vring> Rings => _rings;

    /// <summary>The counters of every ring that runs. Any thread.</summary>
    public IEnumerable<(int Index, VirtqueueCounters Counters)> RunningQueues() =>
        from ring in _rings let counters = ring.Counters where counters is not null select (ring.Index, counters);

    public bool Look(int first, int count, List<RingReport> reports)
    {
        int end = Math.Min(first + count, _rings.Length);
        reports.AddRange(_rings[first..end].Where(static ring => ring.Size != 0).Select(static ring => ring.Report()));
        return end < _rings.Length;
    }

    public MemoryLog MemoryLog { get; } = new();

    public ulong OfferedFeatures => Device.Features | VhostUserFeatures.ProtocolFeatures | VhostUserFeatures.LogAll;

    public ProtocolFeatures OfferedProtocolFeatures => _backend.ProtocolFeatures;

    /// <summary>Features the driver chose, without the bits that are vhost-user's own.</summary>
    public ulong Features { get; private set; }

    /// <summary>With protocol features rings begin disabled, without enabled (vhost-user, "Ring states").</summary>
    public bool RingsBeginEnabled { get; private set; } = true;

    /// <summary>No ring starts before the driver said what it understands.</summary>
    public bool HasFeatures { get; private set; }

    public ProtocolFeatures ProtocolFeatures { get; set; }

    public ulong Status { get; set; }

    public void Open()
    {
        Worker.Quiet += ReleaseResident;
        Device.Attached(this);
    }

    /// <summary>Features as the frontend sent them.</summary>
    public ulong ChosenFeatures => Features | (RingsBeginEnabled ? 0 : VhostUserFeatures.ProtocolFeatures) | (MemoryLog.IsOn ? VhostUserFeatures.LogAll : 0);

    public bool AnyRingRuns => Array.Exists(_rings, static ring => ring.State == VringState.Started && ring.IsEnabled);

    /// <summary>No ring runs: guest memory is not touched.</summary>
    public bool IsSuspended => !Array.Exists(_rings, static ring => ring.IsRunning);

    /// <summary>The device's state on its way in or out, or what became of the last; null: nobody asked.</summary>
    public StateTransfer? StateTransfer { get; set; }

    /// <summary>How a queue's notifications are gathered, across sessions.</summary>
    public TimeSpan LookDelay => _backend.LookDelay;

    public NotificationCoalescing CoalescingOf(int index) => _backend.CoalescingOf(index);

    public void SetCoalescing(int index, NotificationCoalescing coalescing)
    {
        if (index < _rings.Length)
        {
            _rings[index].SetCoalescing(coalescing);
        }
    }

    /// <summary>The ring a message names, checked in the width it has there.</summary>
    public bool TryRing(uint index, out Vring ring)
    {
        bool exists = index < (uint)_rings.Length;
        ring = exists ? _rings[index] : null!;
        return exists;
    }

    public void SetFeatures(ulong features)
    {
        Features = features & ~(VhostUserFeatures.ProtocolFeatures | VhostUserFeatures.LogAll);
        MemoryLog.IsOn = (features & VhostUserFeatures.LogAll) != 0;
        HasFeatures = true;
        RingsBeginEnabled = (features & VhostUserFeatures.ProtocolFeatures) == 0;
        Inflight?.SetFeatures(Features);
        Device.FeaturesNegotiated(Features);
    }

    /// <summary>Buffers are marked in the log from now on, or are not. Rings that run go on.</summary>
    public void SetLogging(bool on)
    {
        Pause();
        MemoryLog.IsOn = on;
        Resume();
    }

    /// <summary>Stops every ring, to start them again with <see cref="Resume"/>: what they stand on changes in between.</summary>
    public void Pause()
    {
        foreach (Vring ring in _rings)
        {
            ring.Pause();
        }
    }

    public void Resume()
    {
        foreach (Vring ring in _rings)
        {
            ring.Resume();
        }
    }

    /// <summary>The frontend asked for a reset.</summary>
    public void Reset()
    {
        foreach (Vring ring in _rings)
        {
            ring.Reset();
        }

        Status = 0;
        ResetDevice();
    }

    /// <summary>
    /// A ring does not go on where it stopped. With <c>VIRTIO_F_RING_RESET</c>, and while other rings run, the driver reset this one; else it is a new driver's.
    /// </summary>
    public void Depart(Vring ring)
    {
        if ((Features & VirtioFeatures.RingReset) == 0 || !AnyRingRuns)
        {
            StartAnew();
            return;
        }

        ring.ForgetProgress();
        Device.QueueReset(ring.Index);
    }

    /// <summary>
    /// Another driver took over, without a word: user-mode-linux sends nothing when its module is unloaded, and QEMU the same when
    /// a guest resets the device as when it is paused. What tells is a ring that does not go on where it stopped.
    /// </summary>
    private void StartAnew()
    {
        Pause();
        foreach (Vring ring in _rings)
        {
            ring.ForgetProgress();
        }

        ResetDevice();
        Resume();
    }

    /// <summary>When all rings have stopped, the frontend may not be told anything (vhost-user, "Suspended device state"): it is, when one runs again.</summary>
    public void NotifyConfigChanged()
    {
        _configChanged = _hasRun && IsSuspended;
        if ((ProtocolFeatures & ProtocolFeatures.Config) != 0 && !_configChanged)
        {
            _channel.NotifyConfigChanged();
        }
    }

    /// <summary>A ring runs.</summary>
    public void RingStarted()
    {
        _hasRun = true;
        if (_configChanged)
        {
            NotifyConfigChanged();
        }
    }

    public void QueueBroken(int index, VirtqueueError reason) => _rings[index].Break(reason);

    /// <summary>Stops and closes everything, whatever the device says to it.</summary>
    public void Dispose()
    {
        Worker.Quiet -= ReleaseResident;
        StateTransfer?.Dispose();
        foreach (Vring ring in _rings)
        {
            Guarded(ring.Dispose);
        }

        EndInflight(); // Before the reset: the frontend may come back with the area.
        Guarded(Device.Reset);
        Guarded(() => Device.Attached(null));
        _channel.Dispose();
        MemoryLog.Dispose();
        Memory.Dispose();
    }

    private void ReleaseResident() => Memory.Current?.ReleaseResident();

    /// <summary>The features outlive a reset: frontends need not say them again.</summary>
    private void ResetDevice()
    {
        Device.Reset();
        if (HasFeatures)
        {
            Device.FeaturesNegotiated(Features);
        }
    }

    private void Guarded(Action action)
    {
        try
        {
            action();
        }
        catch (Exception e)
        {
            Counters.Reject(RejectionReason.Fault);
            Log.Faulted(e);
        }
    }
}
