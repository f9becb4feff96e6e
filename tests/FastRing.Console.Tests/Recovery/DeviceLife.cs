using FastRing.Devices;
using FastRing.Interop;
using FastRing.Memory;
using FastRing.Queues;
using FastRing.Workers;

namespace FastRing.Console.Tests.Recovery;

/// <summary>A process with a device, until it is killed.</summary>
internal sealed class DeviceLife : IDeviceTransport, IDisposable
{
    private const int MostEntries = 256;

    private readonly List<Exception> _faults = [];
    private readonly TaskCompletionSource _killed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ManualResetEventSlim _isOver = new();
    private readonly List<WatchedFd> _watches = [];
    private MappedRegion? _mapping;
    private long _left = long.MaxValue;

    public DeviceLife(ConsoleOptions options)
    {
        Worker = new Worker("life", _faults.Add);
        Device = new ConsoleDevice(Worker, options, Logger);
        Device.StartAsync().GetAwaiter().GetResult();
    }

    public Worker Worker { get; }

    public ConsoleDevice Device { get; }

    public TestLogger Logger { get; } = new();

    /// <summary>Completes when it is.</summary>
    public Task Killed => _killed.Task;

    /// <summary>Stores it has done.</summary>
    public long Stores { get; private set; }

    public List<(int Index, VirtqueueError Error)> Broken { get; } = [];

    /// <summary>Kills it before the store of that number, counted from now.</summary>
    public void Arm(int store) => _left = store;

    /// <summary>It lives on. On its worker.</summary>
    public void Disarm() => _left = long.MaxValue;

    /// <summary>Bytes of an area: what the device wants, and a region for each queue.</summary>
    public static int AreaBytes(ConsoleDevice device) => device.RecoveryBytes + (device.QueueCount * InflightRegion.BytesFor(MostEntries));

    /// <summary>Kills it now, whatever it is doing.</summary>
    public void Kill()
    {
        if (!Killed.IsCompleted)
        {
            Worker.Post(() =>
            {
                _killed.TrySetResult();
                _isOver.Wait();
            });
            Killed.Wait();
        }
    }

    public void OnWorker(Action action) => Worker.InvokeAsync(action).GetAwaiter().GetResult();

    public string? Begin(ulong features, OwnedFd area, bool isNew)
    {
        if (!Worker.IsCurrent)
        {
            string? result = null;
            OnWorker(() => result = Begin(features, area, isNew));
            return result;
        }

        _mapping?.Dispose();
        _mapping = MappedRegion.Map(area, 0, (ulong)AreaBytes(Device));
        Device.Attached(this);
        Device.FeaturesNegotiated(features);
        return Device.BeginRecovery(Part(0, Device.RecoveryBytes), isNew);
    }

    public void Start(KilledQueue queue, GuestMemory memory, ulong features, bool isFirst)
    {
        RingLayout layout = queue.Layout;
        int region = InflightRegion.BytesFor(MostEntries);
        var setup = new VirtqueueSetup(layout.Size, layout.Descriptors, layout.Driver, layout.Device, 0, features)
        {
            Inflight = Part(Device.RecoveryBytes + (queue.Index * region), region),
        };
        Assert.Equal(VirtqueueError.None, Virtqueue.TryCreate(setup, memory, out Virtqueue? device));
        device!.Notifier = queue;
        queue.Device = device;
        if (!isFirst)
        {
            queue.Notify(); // As transports do: the last process may have ended between showing and notifying.
        }

        _watches.Add(Worker.Watch(queue.Driver.Kick.Fd, EpollEvents.In, new Kicks(this, queue)));
        Device.QueueStarted(queue.Index, device, enabled: true);
        Device.QueueKicked(queue.Index);
    }

    /// <summary>As when the frontend goes, and may come back.</summary>
    public void End(IReadOnlyList<KilledQueue> queues)
    {
        foreach (KilledQueue queue in queues.Where(queue => queue.Device is not null))
        {
            Device.QueueStopping(queue.Index);
            queue.Device!.PublishAndNotify();
            queue.Device.Leave();
            queue.Device = null;
        }

        Device.EndRecovery();

        _watches.ForEach(watch => watch.Dispose());
        _watches.Clear();
        Device.Reset();
        Device.Attached(null);
    }

    public void NotifyConfigChanged()
    {
    }

    public void QueueBroken(int index, VirtqueueError reason) => Broken.Add((index, reason));

    public void Dispose()
    {
        _left = 0;
        _isOver.Set();
        Device.Dispose();
        Worker.Dispose();
        _mapping?.Dispose();
        _isOver.Dispose();
        if (!Killed.IsCompleted)
        {
            Assert.Empty(_faults);
        }
    }

    private RecoveryArea Part(int start, int length) => new(_mapping!, start, length) { Storing = Storing };

    private void Storing()
    {
        if (_isOver.IsSet)
        {
            return; // Of no more interest to anybody: all that shared memory with it is over.
        }

        if (--_left <= 0)
        {
            _killed.TrySetResult();
            _isOver.Wait();
            return;
        }

        Stores++;
    }

    private sealed class Kicks(DeviceLife life, KilledQueue queue) : IReadyHandler
    {
        public void OnReady(EpollEvents events)
        {
            queue.Driver.Kick.Drain();
            life.Device.QueueKicked(queue.Index);
        }

        public void OnFault(Exception fault) => life._faults.Add(fault);
    }
}
