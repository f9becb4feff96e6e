using FastRing.Devices;
using FastRing.Memory;
using FastRing.VhostUser.Frontend;

namespace FastRing.EndToEnd.Migration;

/// <summary>A session's queues for a driver, and for whoever moves them.</summary>
internal sealed class QueueLender(FrontendSession session) : IDriverTransport
{
    public List<FrontendQueue> Queues { get; } = [];

    public GuestMemory Memory => session.Memory.Map;

    public ulong Features => session.Features;

    public GuestAddress Allocate(ulong bytes) => session.Memory.Allocate(bytes);

    public DriverQueue StartQueue(int index, ushort size)
    {
        FrontendQueue queue = session.StartQueue(index, size);
        Queues.Add(queue);
        return new DriverQueue(queue.Ring, queue.Kick, queue.Call);
    }
}
