using FastRing.Devices;
using FastRing.Devices.State;
using FastRing.Interop;
using FastRing.Memory;
using FastRing.Queues;
using FastRing.Workers;

namespace FastRing.Console.Tests.Support;

/// <summary>A driver's way to a device in the same process: a memfd for memory, eventfds for kicks and calls.</summary>
internal sealed class InProcessTransport : IDriverTransport, IDeviceTransport, IDisposable
{
    private const int IndirectEntries = 16;
    private readonly Worker _worker;
    private readonly Dictionary<int, TestQueue> _queues = [];
    private readonly OwnedFd _file;
    private IVirtioDevice _device;
    private ulong _next = 4096; // An address of 0 is more often a mistake than meant.

    public InProcessTransport(IVirtioDevice device, Worker worker, ulong features, ulong memoryBytes)
    {
        _device = device;
        _worker = worker;
        Features = device.Features & features;
        _file = MemFd.Create("console-test", memoryBytes);
        Memory = new GuestMemory(GuestRegion.Map(_file, 0, memoryBytes, default, default));
        OnWorker(() =>
        {
            device.Attached(this);
            device.FeaturesNegotiated(Features);
        });
    }

    public GuestMemory Memory { get; }

    public ulong Features { get; }

    public List<(int Index, VirtqueueError Error)> Broken { get; } = [];

    public TestQueue this[int index] => _queues[index];

    public GuestAddress Allocate(ulong bytes)
    {
        ulong start = (_next + 127) & ~127UL;
        _next = start + bytes;
        return _next <= Memory.Regions[0].SizeBytes ? new(start) : throw new InvalidOperationException("out of guest memory");
    }

    public DriverQueue StartQueue(int index, ushort size)
    {
        GuestAddress start = Allocate(DriverVirtqueue.BytesFor(size, Features, IndirectEntries));
        DriverVirtqueue ring = DriverVirtqueue.Create(Memory, start, size, Features, IndirectEntries);
        var queue = new TestQueue(_device, index, ring, RingLayout.At(start, size, Features));
        _queues.Add(index, queue);
        OnWorker(() => Start(index, queue));
        return queue.Driver;
    }

    /// <summary>Stops a queue as GET_VRING_BASE does.</summary>
    public void Stop(int index) => OnWorker(() => Stop(index, _queues[index]));

    /// <summary>Starts a stopped queue where it stopped, as SET_VRING_BASE does.</summary>
    public void Restart(int index) => OnWorker(() => Start(index, _queues[index]));

    public void Enable(int index, bool enabled) => OnWorker(() => _device.QueueEnabled(index, enabled));

    /// <summary>What a driver's reset comes to: every queue stops and is forgotten.</summary>
    public void Reset()
    {
        OnWorker(() =>
        {
            StopAll();
            _device.Reset();
            _device.FeaturesNegotiated(Features);
        });
        Forget();
    }

    /// <summary>Stops every queue, gives the device's state to another device and goes on with that one; with the old one, if it is refused.</summary>
    /// <param name="destination">On the same worker.</param>
    /// <param name="state">What was given; null: never.</param>
    /// <returns>Why it was refused.</returns>
    public string? MoveTo(IStatefulDevice destination, Action<byte[]>? state = null)
    {
        string? why = null;
        OnWorker(() =>
        {
            StopAll();
            byte[] saved = ((IStatefulDevice)_device).SaveState();
            state?.Invoke(saved);
            why = destination.LoadState(saved);
            if (why is null)
            {
                _device.Reset();
                _device.Attached(null);
                _device = destination;
                _device.Attached(this);
                _device.FeaturesNegotiated(Features);
            }

            foreach ((int index, TestQueue queue) in _queues)
            {
                queue.MoveTo(_device);
                Start(index, queue);
            }
        });
        return why;
    }

    public int ConfigChanges { get; private set; }

    public void NotifyConfigChanged() => ConfigChanges++;

    public void QueueBroken(int index, VirtqueueError reason) => Broken.Add((index, reason));

    public IReadOnlyList<Exception> Faults => [.. _queues.Values.SelectMany(q => q.Faults)];

    public void Dispose()
    {
        OnWorker(() =>
        {
            StopAll();
            _device.Reset();
            _device.Attached(null);
        });
        Forget();
        Memory.Dispose();
        _file.Dispose();
    }

    private void OnWorker(Action action) => _worker.InvokeAsync(action).GetAwaiter().GetResult();

    private void Start(int index, TestQueue queue)
    {
        RingLayout layout = queue.Layout;
        var setup = new VirtqueueSetup(layout.Size, layout.Descriptors, layout.Driver, layout.Device, queue.Base, Features);
        Assert.Equal(VirtqueueError.None, Virtqueue.TryCreate(setup, Memory, out Virtqueue? device));
        device!.Notifier = queue;
        queue.Device = device;
        queue.KickWatch = _worker.Watch(queue.Driver.Kick.Fd, EpollEvents.In, queue);
        _device.QueueStarted(index, device, enabled: true);
        _device.QueueKicked(index);
    }

    private void Stop(int index, TestQueue queue)
    {
        if (queue.Device is { } device)
        {
            queue.KickWatch!.Dispose();
            _device.QueueStopping(index);
            queue.Base = device.Base;
            queue.Device = null;
        }
    }

    private void StopAll()
    {
        foreach ((int index, TestQueue queue) in _queues)
        {
            Stop(index, queue);
        }
    }

    private void Forget()
    {
        foreach (TestQueue queue in _queues.Values)
        {
            queue.Dispose();
        }

        _queues.Clear();
    }
}
