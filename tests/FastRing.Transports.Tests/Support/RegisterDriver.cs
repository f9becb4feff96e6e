using FastRing.Devices;
using FastRing.Interop;
using FastRing.Memory;
using FastRing.Queues;
using FastRing.VhostUser.Frontend;
using FastRing.Workers;

namespace FastRing.Transports.Tests.Support;

/// <summary>A driver that brings a device up by its registers, in the order of virtio 1.2, 3.1.1, and has queues then.</summary>
internal abstract class RegisterDriver(Worker doorbells, DriverMemory memory) : IDriverTransport, IDisposable
{
    private readonly List<DriverQueue> _queues = [];
    private readonly List<WatchedFd> _watches = [];

    public DriverMemory Bytes => memory;

    public GuestMemory Memory => memory.Map;

    public ulong Features { get; private set; }

    public IReadOnlyList<DriverQueue> Queues => _queues;

    /// <summary>The device status.</summary>
    public abstract DeviceStatus Status { get; set; }

    /// <summary>Steps 1 to 6: resets, and takes what is offered of the features wanted.</summary>
    public void Negotiate(ulong wanted = ulong.MaxValue)
    {
        Status = DeviceStatus.None;
        Assert.Equal(DeviceStatus.None, Status);
        Status = DeviceStatus.Acknowledge;
        Status |= DeviceStatus.Driver;
        Features = OfferedFeatures() & wanted;
        AcceptFeatures(Features);
        Status |= DeviceStatus.FeaturesOk;
        Assert.True(Status.HasFlag(DeviceStatus.FeaturesOk), "the device does not agree");
    }

    /// <summary>Step 8.</summary>
    public virtual void Begin() => Status |= DeviceStatus.DriverOk;

    public GuestAddress Allocate(ulong bytes) => memory.Allocate(bytes);

    public DriverQueue StartQueue(int index, ushort size)
    {
        size = Math.Min(size, MaxSize(index));
        GuestAddress start = memory.Allocate(DriverVirtqueue.BytesFor(size, Features));
        var queue = new DriverQueue(DriverVirtqueue.Create(memory.Map, start, size, Features), EventFd.Create(), EventFd.Create());
        _queues.Add(queue);
        var pump = new KickPump(queue.Kick, () => Notify(index));
        doorbells.InvokeAsync(() => _watches.Add(doorbells.Watch(queue.Kick.Fd, EpollEvents.In, pump))).Wait();
        SetUp(index, size, RingLayout.At(start, size, Features), queue.Call);
        return queue;
    }

    public abstract ulong OfferedFeatures();

    public abstract void AcceptFeatures(ulong features);

    public abstract ushort MaxSize(int queue);

    /// <summary>Writes where a ring lies and enables it.</summary>
    public abstract void SetUp(int queue, ushort size, in RingLayout layout, EventFd call);

    /// <summary>Tells the device of available buffers. On the thread of the doorbells.</summary>
    protected abstract void Notify(int queue);

    public virtual void Dispose()
    {
        doorbells.InvokeAsync(() => _watches.ForEach(w => w.Dispose())).Wait();
        foreach (DriverQueue queue in _queues)
        {
            queue.Kick.Dispose();
            queue.Call.Dispose();
        }

        memory.Dispose();
    }
}
