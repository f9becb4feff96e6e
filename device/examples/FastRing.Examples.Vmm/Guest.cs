using FastRing.Devices;
using FastRing.Interop;
using FastRing.Memory;
using FastRing.Queues;

namespace FastRing.Examples.Vmm;

/// <summary>The machine as the guest's kernel sees it: memory, and a monitor that hears what is written to a queue's registers.</summary>
internal sealed class Guest : IDriverTransport, IDisposable
{
    private readonly GuestRegion _region;
    private readonly List<DriverQueue> _queues = [];
    private readonly Vmm _vmm;
    private ulong _free = 4096;

    public Guest(Vmm vmm)
    {
        _vmm = vmm;
        _region = GuestRegion.Map(vmm.Memory, 0, Vmm.MemoryBytes, new GuestAddress(0), new FrontendAddress(0));
        Memory = new GuestMemory(_region);
        Features = vmm.Features;
    }

    public GuestMemory Memory { get; }

    public ulong Features { get; }

    /// <summary>By number.</summary>
    public IReadOnlyList<DriverQueue> Queues => _queues;

    public GuestAddress Allocate(ulong bytes)
    {
        ulong start = (_free + 127) & ~127UL;
        _free = start + bytes;
        return _free <= Vmm.MemoryBytes ? new GuestAddress(start) : throw new InvalidOperationException("the guest has no memory left");
    }

    public DriverQueue StartQueue(int index, ushort size)
    {
        GuestAddress start = Allocate(DriverVirtqueue.BytesFor(size, Features));
        var queue = new DriverQueue(DriverVirtqueue.Create(Memory, start, size, Features), EventFd.Create(), EventFd.Create());
        _queues.Add(queue);
        _vmm.StartQueue(new QueueRegisters(index, RingLayout.At(start, size, Features), Base: 0), queue);
        return queue;
    }

    /// <summary>The guest's pages are another monitor's from now on, at the addresses they had.</summary>
    public void MoveTo(Vmm destination) => _region.Replace(destination.Memory, 0);

    public void Dispose()
    {
        _queues.ForEach(queue =>
        {
            queue.Kick.Dispose();
            queue.Call.Dispose();
        });
        Memory.Dispose();
    }
}
