using FastRing.Devices;
using FastRing.Memory;

namespace FastRing.Workloads.Ports;

/// <summary>A driver's way to a device that keeps the queues it starts, for those who drive a port's rings themselves.</summary>
internal sealed class RecordedQueues(IDriverTransport transport) : IDriverTransport
{
    private readonly Dictionary<int, DriverQueue> _queues = [];

    public GuestMemory Memory => transport.Memory;

    public ulong Features => transport.Features;

    public DriverQueue this[int index] => _queues[index];

    public GuestAddress Allocate(ulong bytes) => transport.Allocate(bytes);

    public DriverQueue StartQueue(int index, ushort size) => _queues[index] = transport.StartQueue(index, size);
}
