using FastRing.Memory;
using FastRing.Spec;

namespace FastRing.Queues;

/// <summary>Chooses the code a queue runs on: once, when the ring starts.</summary>
internal static class DeviceRing
{
    public static VirtqueueError TryCreate<TMemory>(in VirtqueueSetup setup, in TMemory memory, out Virtqueue? queue)
        where TMemory : struct, IRingMemory
    {
        bool eventIndex = (setup.Features & VirtioFeatures.EventIndex) != 0;
        bool inOrder = (setup.Features & VirtioFeatures.InOrder) != 0;
        return (eventIndex, inOrder) switch
        {
            (false, false) => TryCreate<Without, Without, TMemory>(setup, memory, out queue),
            (false, true) => TryCreate<Without, With, TMemory>(setup, memory, out queue),
            (true, false) => TryCreate<With, Without, TMemory>(setup, memory, out queue),
            (true, true) => TryCreate<With, With, TMemory>(setup, memory, out queue),
        };
    }

    private static VirtqueueError TryCreate<TEventIndex, TInOrder, TMemory>(in VirtqueueSetup setup, in TMemory memory, out Virtqueue? queue)
        where TEventIndex : struct, IFeature
        where TInOrder : struct, IFeature
        where TMemory : struct, IRingMemory
    {
        queue = null;
        VirtqueueError error;
        if (RingLayout.IsPacked(setup.Features))
        {
            error = PackedRing<TEventIndex, TInOrder, TMemory>.TryCreate(setup, memory, out PackedRing<TEventIndex, TInOrder, TMemory> packed);
            queue = error == VirtqueueError.None ? Queue(packed, setup) : null;
            return error;
        }

        error = SplitRingAreas.TryResolve(setup, memory, out SplitRingAreas split);
        if (error == VirtqueueError.None)
        {
            queue = Queue(new SplitRing<TEventIndex, TInOrder, TMemory>(setup, split, memory), setup);
        }

        return error;
    }

    private static Virtqueue Queue<TRing>(in TRing ring, in VirtqueueSetup setup)
        where TRing : struct, IDeviceRing =>
        setup.Log is null ? Notifying(ring, setup) : Notifying(new LoggedRing<TRing>(ring, setup), setup);

    private static Virtqueue<TRing> Notifying<TRing>(in TRing ring, in VirtqueueSetup setup)
        where TRing : struct, IDeviceRing =>
        (setup.Features & VirtioFeatures.NotifyOnEmpty) != 0 && !RingLayout.IsPacked(setup.Features) ? new EmptyNotifyingVirtqueue<TRing>(ring) : new Virtqueue<TRing>(ring);
}
