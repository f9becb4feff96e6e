using FastRing.Devices;
using FastRing.Interop;
using FastRing.Memory;
using FastRing.Queues;
using FastRing.Workers;

namespace FastRing.Workloads.Ports;

/// <summary>A driver's way to a device without vhost-user, which numbers 256 queues: a memfd for memory, eventfds for kicks and calls.</summary>
internal sealed class InProcessTransport : IDriverTransport, IDeviceTransport, IDisposable
{
    private readonly IVirtioDevice _device;
    private readonly Worker _worker;
    private readonly Dictionary<int, InProcessQueue> _queues = [];
    private ulong _next;

    public InProcessTransport(IVirtioDevice device, Worker worker, ulong features, ulong memoryBytes)
    {
        _device = device;
        _worker = worker;
        Features = device.Features & features;
        using OwnedFd file = MemFd.Create("fastring-workload", memoryBytes);
        Memory = new GuestMemory(GuestRegion.Map(file, 0, memoryBytes, default, default));
        worker.Quiet += Memory.ReleaseResident;
        OnWorker(() =>
        {
            device.Attached(this);
            device.FeaturesNegotiated(Features);
        });
    }

    public GuestMemory Memory { get; }

    public ulong Features { get; }

    public GuestAddress Allocate(ulong bytes)
    {
        ulong start = (_next + 127) & ~127UL;
        _next = start + bytes;
        return _next <= Memory.Regions[0].SizeBytes ? new GuestAddress(start) : throw new InvalidOperationException("out of guest memory");
    }

    public DriverQueue StartQueue(int index, ushort size)
    {
        GuestAddress start = Allocate(DriverVirtqueue.BytesFor(size, Features));
        var driver = new DriverQueue(DriverVirtqueue.Create(Memory, start, size, Features), EventFd.Create(), EventFd.Create());
        RingLayout layout = RingLayout.At(start, size, Features);
        var setup = new VirtqueueSetup(size, layout.Descriptors, layout.Driver, layout.Device, 0, Features);
        OnWorker(() => _queues.Add(index, new InProcessQueue(_worker, _device, index, setup, Memory, driver)));
        return driver;
    }

    /// <summary>Replaces where a queue's notifications go; the descriptor stays the caller's.</summary>
    public void SetCall(int index, EventFd call) => OnWorker(() => _queues[index].Call = call);

    public void NotifyConfigChanged()
    {
    }

    public void QueueBroken(int index, VirtqueueError reason) => Environment.FailFast($"queue {index}: {reason}");

    public void Dispose()
    {
        OnWorker(() =>
        {
            foreach (InProcessQueue queue in _queues.Values)
            {
                queue.Dispose();
            }

            _device.Reset();
            _device.Attached(null);
            _worker.Quiet -= Memory.ReleaseResident;
        });
        Memory.Dispose();
    }

    private void OnWorker(Action action) => _worker.InvokeAsync(action).GetAwaiter().GetResult();
}
