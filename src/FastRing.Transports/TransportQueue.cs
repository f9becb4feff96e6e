using FastRing.Diagnostics;
using FastRing.Memory;
using FastRing.Queues;
using FastRing.Spec;
using FastRing.Workers;

namespace FastRing.Transports;

/// <summary>One queue as its registers describe it, and the ring while it runs. Worker thread only.</summary>
internal sealed class TransportQueue : INotifier, IPolled
{
    /// <summary>No MSI-X vector (<c>VIRTIO_MSI_NO_VECTOR</c>).</summary>
    public const ushort NoVector = 0xffff;

    private readonly DeviceRegisters _registers;
    private readonly WorkerTimer _notificationTimer;
    private readonly WorkerTimer _lookTimer;
    private uint? _base; // Where it goes on; null: it is a fresh ring.
    private Virtqueue? _queue;
    private GuestMemory? _memory; // Held while there is a queue.
    private ulong _polledAt;      // Chains there had been when polling last told the device.

    public TransportQueue(DeviceRegisters registers, int index)
    {
        _registers = registers;
        Index = index;
        _notificationTimer = new WorkerTimer(registers.Worker, () => _queue?.DecideNotification());
        _lookTimer = new WorkerTimer(registers.Worker, Kick);
        Reset();
    }

    public int Index { get; }

    /// <summary>Entries, as the driver has said; untrusted.</summary>
    public uint Size { get; set; }

    public GuestAddress Descriptors { get; set; }

    public GuestAddress Driver { get; set; }

    public GuestAddress Device { get; set; }

    /// <summary>The MSI-X vector of its notifications; virtio-pci only.</summary>
    public ushort Vector { get; set; }

    public NotificationCoalescing? Coalescing { get; private set; }

    /// <summary>The driver has set it up: its other registers are no longer the driver's to write.</summary>
    public bool IsEnabled { get; private set; }

    /// <summary>It stays as it is until it is reset.</summary>
    public bool IsBroken { get; private set; }

    /// <summary>Why it is broken; none: it is not, or it was the device that failed.</summary>
    public VirtqueueError Error { get; private set; }

    public bool IsRunning => _queue is not null;

    /// <summary>What happened on the ring since it was started; null while it does not run. Any thread.</summary>
    public VirtqueueCounters? Counters => _queue?.Counters;

    /// <summary>The ring; null while it does not run.</summary>
    public Virtqueue? Running => _queue;

    public void Enable()
    {
        IsEnabled = true;
        Start();
    }

    /// <summary>Starts, if the driver has enabled it and nothing else is in the way.</summary>
    /// <param name="isResumed">Guest memory changes: where the ring lay may come back with the next change.</param>
    public void Start(bool isResumed = false)
    {
        if (!IsEnabled || IsBroken || IsRunning || !_registers.MayRun)
        {
            return;
        }

        VirtqueueError error = TryCreate(out Virtqueue? queue);
        if (error == VirtqueueError.AreaNotMapped && isResumed)
        {
            return;
        }

        if (error != VirtqueueError.None)
        {
            Break(error);
            return;
        }

        _memory = _registers.Memory!.Hold();
        _queue = queue!;
        _queue.Notifier = this;
        _queue.NotificationTimer = _notificationTimer;
        _queue.Coalescing = Coalescing ?? _registers.Options.Coalescing;
        _queue.LookTimer = _lookTimer;
        _queue.LookDelay = _registers.Options.LookDelay;
        FastRingEventSource.Log.QueueStarted(_registers.Options.Name, Index, _queue.Size, _queue.Base);
        _queue.EnableNotifications();
        _polledAt = ulong.MaxValue;
        _registers.Worker.AddPolled(this);
        _registers.Device.QueueStarted(Index, _queue, enabled: true);
        Kick(); // There may be buffers already.
    }

    /// <summary>Takes the queue from the device, which goes on where it was if it is started again. When this returns, nobody touches guest memory for it.</summary>
    public void Stop()
    {
        if (_queue is not { } queue)
        {
            return;
        }

        _queue = null;
        _registers.Worker.RemovePolled(this);
        _notificationTimer.Clear();
        _lookTimer.Clear();
        queue.NotificationTimer = null; // From here on nothing is put off.
        try
        {
            _registers.Device.QueueStopping(Index);
            queue.PublishAndNotify();
            queue.Leave();
        }
        finally
        {
            _base = queue.Base;
            FastRingEventSource.Log.QueueStopped(_registers.Options.Name, Index, queue.Base);
            queue.Notifier = null;
            _memory!.Dispose();
            _memory = null;
        }
    }

    /// <summary>Stops; what comes next is a fresh ring.</summary>
    public void Disable()
    {
        Stop();
        IsEnabled = IsBroken = false;
        Error = VirtqueueError.None;
        _base = null;
    }

    /// <summary>Stops, and forgets what the driver has said of it.</summary>
    public void Reset()
    {
        Disable();
        Size = _registers.MaxQueueSize;
        Descriptors = Driver = Device = default;
        Vector = NoVector;
    }

    /// <summary>The driver made buffers available, or may have.</summary>
    public void Kick()
    {
        if (_queue is null || IsBroken)
        {
            return;
        }

        try
        {
            _registers.Device.QueueKicked(Index);
        }
        catch (Exception e)
        {
            OnFault(e);
        }
    }

    public void SetCoalescing(NotificationCoalescing coalescing)
    {
        Coalescing = coalescing;
        if (_queue is not null)
        {
            _queue.Coalescing = coalescing;
        }
    }

    /// <summary>The ring is malformed, or can't be set up. Others go on.</summary>
    public void Break(VirtqueueError reason)
    {
        if (!IsBroken)
        {
            IsBroken = true;
            Error = reason;
            _registers.Counters.BrokenQueues++;
            FastRingEventSource.Log.QueueBroken(_registers.Options.Name, Index, reason);
            _registers.NeedReset($"queue {Index}: {reason}");
        }
    }

    void INotifier.Notify() => _registers.NotifyUsed(this);

    void IPolled.BeginPolling()
    {
        _queue!.IsPolled = true;
        _queue.SuppressNotifications();
    }

    bool IPolled.Poll()
    {
        // A device that was told of buffers and took none waits for something else: a ring it fills has buffers all the time.
        if (_queue is not { } queue || queue.Counters.Chains == _polledAt || IsBroken)
        {
            return false;
        }

        if (!queue.HasAvailable)
        {
            BreakIfMalformed(queue);
            return false;
        }

        _polledAt = queue.Counters.Chains;
        Kick();
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

    public void OnFault(Exception fault)
    {
        IsBroken = true;
        _registers.Counters.Faults++;
        _registers.NeedReset($"queue {Index}: the device failed: {fault.Message}");
    }

    private void BreakIfMalformed(Virtqueue? queue)
    {
        if (queue is { Error: not VirtqueueError.None })
        {
            Break(queue.Error);
        }
    }

    /// <summary>Index 0, and in a packed ring both wrap counters at 1.</summary>
    private uint FreshBase => _registers.Has(VirtioFeatures.RingPacked) ? 0x8000_8000 : 0;

    private VirtqueueError TryCreate(out Virtqueue? queue)
    {
        queue = null;
        return Size > _registers.MaxQueueSize ? VirtqueueError.BadSize
            : _registers.Memory is not { } memory ? VirtqueueError.AreaNotMapped
            : Virtqueue.TryCreate(new VirtqueueSetup(Size, Descriptors, Driver, Device, _base ?? FreshBase, _registers.DriverFeatures), memory, out queue);
    }
}
