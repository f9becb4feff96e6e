using FastRing.Diagnostics;
using FastRing.Interop;
using FastRing.Memory;
using FastRing.Queues;
using FastRing.VhostUser.Diagnostics;
using FastRing.VhostUser.Protocol;
using FastRing.Workers;

namespace FastRing.VhostUser.Backend;

/// <summary>One ring of a session: what the frontend said of it, and the queue while it runs.</summary>
/// <remarks>
/// A ring starts when it has size, addresses, memory and a source of kicks, and is enabled; starting counts as a kick, so buffers
/// that were there before are not missed. Once started, a disabled ring gets no kicks. The specification would have its
/// buffers discarded; but QEMU disables every ring before it stops it, and a guest that is only paused must not lose them.
/// </remarks>
internal sealed partial class Vring : IPolled, IDisposable
{
    private readonly Session _session;
    private readonly int _index;
    private readonly KickSource _kick;
    private readonly RingNotifier _notifier;
    private readonly WorkerTimer _notificationTimer;
    private readonly WorkerTimer _lookTimer;
    private uint _size;
    private VringAddresses? _addresses;
    private uint _base;
    private bool _hasProgress; // It ran, and _base is where it stopped.
    private bool? _enabled;
    private VirtqueueError _error; // Why it is broken, while it is.
    private Virtqueue? _queue;
    private GuestMemory? _memory; // Held while there is a queue.
    private ulong _polledAt;      // Chains there had been when polling last told the device.

    public Vring(Session session, int index)
    {
        _session = session;
        _index = index;
        _kick = new KickSource(session.Worker, this);
        _notifier = new RingNotifier(session, index);
        _notificationTimer = new WorkerTimer(session.Worker, () => _queue?.DecideNotification());
        _lookTimer = new WorkerTimer(session.Worker, Kick);
        _translation = new QueueTranslation(session.Translations.Iotlb, Ask);
    }

    public int Index => _index;

    public VringState State { get; private set; }

    public bool IsEnabled => _enabled ?? _session.RingsBeginEnabled;

    /// <summary>Entries, as the frontend has said; 0: it has not.</summary>
    public uint Size => _size;

    /// <summary>The device has its queue.</summary>
    public bool IsRunning => _queue is not null;

    public RingNotifier Notifier => _notifier;

    /// <summary>What happened on the ring since it was started; null while it is not. Any thread.</summary>
    public VirtqueueCounters? Counters => _queue?.Counters;

    /// <summary>How it looks now.</summary>
    public RingReport Report() => RingReport.Of(_index, State, IsEnabled, _error, _queue);

    public void SetSize(uint size)
    {
        Halt();
        _size = size;
    }

    /// <summary>Moves the ring. One that runs goes on at the new place with the index it has.</summary>
    public VirtqueueError SetAddresses(in VringAddresses addresses)
    {
        bool wasRunning = RunsOrWaits;
        Stop();
        _addresses = addresses;
        return wasRunning ? TryStart() : VirtqueueError.None;
    }

    /// <summary>Whether a start at <paramref name="index"/> would not go on where the ring stopped. The low half tells: of a packed ring some frontends give no other.</summary>
    public bool IsDeparture(uint index) => _hasProgress && (ushort)index != (ushort)_base;

    public void SetBase(uint index) => _base = index;

    /// <summary>Stops the ring and tells where; it goes on there unless told otherwise.</summary>
    public uint TakeBase()
    {
        Halt();
        return _base;
    }

    /// <summary>Replaces the source of kicks; a descriptor that can't be waited for is refused and closed.</summary>
    public bool TrySetKick(OwnedFd? descriptor, out VirtqueueError error)
    {
        error = VirtqueueError.None;
        Halt();
        if (!_kick.TrySet(descriptor))
        {
            return false;
        }

        error = TryStart();
        return true;
    }

    public VirtqueueError SetEnabled(bool enabled)
    {
        bool wasEnabled = IsEnabled;
        _enabled = enabled;
        if (_queue is null)
        {
            return TryStart();
        }

        if (wasEnabled != enabled)
        {
            _session.Device.QueueEnabled(_index, enabled);
            Kick();
        }

        return VirtqueueError.None;
    }

    /// <summary>The driver made buffers available, or may have.</summary>
    public void Kick()
    {
        if (_queue is null)
        {
            TryStart();
        }
        else if (State == VringState.Started && IsEnabled)
        {
            _session.Device.QueueKicked(_index);
        }
    }

    /// <summary>Replaces how notifications are gathered, while the ring runs.</summary>
    public void SetCoalescing(NotificationCoalescing coalescing)
    {
        if (_queue is not null)
        {
            _queue.Coalescing = coalescing;
        }
    }

    void IPolled.BeginPolling()
    {
        _queue!.IsPolled = true;
        _queue.SuppressNotifications();
    }

    bool IPolled.Poll()
    {
        // A device that was told of buffers and took none waits for something else: a ring it fills has buffers all the time.
        if (_queue is not { } queue || queue.Counters.Chains == _polledAt || State != VringState.Started || !IsEnabled)
        {
            return false;
        }

        if (!queue.HasAvailable)
        {
            BreakIfMalformed(queue);
            return false;
        }

        _polledAt = queue.Counters.Chains;
        _session.Device.QueueKicked(_index);
        return true;
    }

    void IPolled.EndPolling()
    {
        _queue!.IsPolled = false;
        if (_queue.EnableNotifications())
        {
            Kick();
        }

        BreakIfMalformed(_queue);
    }

    void IPolled.OnFault(Exception fault) => Fail(fault);

    /// <summary>A look at the ring may be what shows that it is malformed; the device hears of it when it looks itself, which it may never do.</summary>
    private void BreakIfMalformed(Virtqueue? queue)
    {
        if (queue is { Error: not VirtqueueError.None })
        {
            Break(queue.Error);
        }
    }

    /// <summary>Marks the ring as malformed; the device may say so at any time.</summary>
    public void Break(VirtqueueError reason)
    {
        if (State != VringState.Broken)
        {
            State = reason == VirtqueueError.AreaNotMapped && _queue is null ? VringState.Unmapped : VringState.Broken;
            _error = reason;
            _session.Counters.BrokenQueues++;
            _session.Log.Broken(_index, reason);
            FastRingEventSource.Log.QueueBroken(_session.Name, _index, reason);
            _notifier.SignalError();
        }
    }

    /// <summary>The device failed over this ring: gives up the ring, as nobody knows what it did.</summary>
    public void Fail(Exception fault)
    {
        _session.Counters.Reject(RejectionReason.Fault);
        _session.Log.Faulted(fault);
        _error = VirtqueueError.None;
        State = VringState.Broken;
        _notifier.SignalError();
    }

    /// <summary>Stops for good: only a new source of kicks starts the ring again, a kick still on its way does not.</summary>
    public void Halt()
    {
        _kick.Clear();
        Stop();
    }

    /// <summary>Stops a ring that runs, until <see cref="Resume"/>.</summary>
    public void Pause()
    {
        bool broken = State == VringState.Broken;
        Stop();
        State = broken ? VringState.Broken : VringState.Stopped;
    }

    /// <summary>Starts what ran, or what lacked just that which came in between: the kick it waited for may be gone.</summary>
    public void Resume()
    {
        if (State == VringState.Stopped)
        {
            TryStart();
        }
    }

    /// <summary>The ring is another driver's from here on.</summary>
    public void ForgetProgress()
    {
        _hasProgress = false;
        _session.Inflight?.ClearRegion(_index);
    }

    /// <summary>Back to the state before any request.</summary>
    public void Reset()
    {
        Halt();
        ForgetProgress();
        _base = 0;
        _enabled = null;
    }

    public void Dispose()
    {
        try
        {
            Halt();
        }
        finally
        {
            _notifier.Dispose();
        }
    }

    private bool RunsOrWaits => State is VringState.Started or VringState.Unmapped or VringState.Untranslated;

    /// <summary>Starts if nothing is missing.</summary>
    /// <returns>Why it can't, other than that something is missing.</returns>
    private VirtqueueError TryStart()
    {
        bool hasKicks = _kick.IsSet || (_session.ProtocolFeatures & ProtocolFeatures.InbandNotifications) != 0;
        bool isReady = State is VringState.Stopped or VringState.Untranslated && hasKicks && IsEnabled && _size != 0 && _session.HasFeatures;
        if (!isReady || _addresses is not { } addresses || _session.Memory.Current is not { } memory)
        {
            return VirtqueueError.None;
        }

        VirtqueueError error = Start(addresses, memory);
        if (error == VirtqueueError.NotTranslated)
        {
            State = VringState.Untranslated;
            return VirtqueueError.None;
        }

        if (error != VirtqueueError.None)
        {
            Break(error);
        }

        return error;
    }

    private VirtqueueError Start(in VringAddresses addresses, GuestMemory memory)
    {
        VirtqueueError error = CreateQueue(addresses, memory, out Virtqueue? queue);
        if (error != VirtqueueError.None)
        {
            return error;
        }

        _memory = memory.Hold();
        _queue = queue!;
        _queue.Notifier = _notifier;
        _queue.NotificationTimer = _notificationTimer;
        _queue.Coalescing = _session.CoalescingOf(_index);
        _queue.LookTimer = _lookTimer;
        _queue.LookDelay = _session.LookDelay;
        State = VringState.Started;
        FastRingEventSource.Log.QueueStarted(_session.Name, _index, queue!.Size, queue.Base);
        _queue.EnableNotifications();
        _polledAt = ulong.MaxValue;
        _session.Worker.AddPolled(this);
        _session.Device.QueueStarted(_index, _queue, enabled: true);
        _session.RingStarted();
        NotifyOfTheLast();
        Kick();
        return VirtqueueError.None;
    }

    /// <summary>Takes the queue from the device. When this returns, nobody touches guest memory for this ring.</summary>
    private void Stop()
    {
        if (_queue is { } queue)
        {
            _queue = null;
            _session.Worker.RemovePolled(this);
            _notificationTimer.Clear();
            _lookTimer.Clear();
            queue.NotificationTimer = null; // From here on nothing is put off.
            try
            {
                _session.Device.QueueStopping(_index);
                queue.PublishAndNotify(); // What the device completed must be in the driver's hands before the index is told.
                queue.Leave();
            }
            finally
            {
                _base = queue.Base;
                FastRingEventSource.Log.QueueStopped(_session.Name, _index, _base);
                _hasProgress = true;
                queue.Notifier = null;
                _memory!.Dispose();
                _memory = null;
            }
        }

        _translation.Reset();
        State = VringState.Stopped;
    }
}
