using FastRing.Memory;
using FastRing.Spec;

namespace FastRing.Queues;

/// <summary>Chooses the code a queue runs on: once, when the ring starts.</summary>
internal static class DeviceRing
{
    public static VirtqueueError TryCreate(in VirtqueueSetup setup, GuestMemory memory, out Virtqueue? queue)
    {
        bool eventIndex = (setup.Features & VirtioFeatures.EventIndex) != 0;
        bool inOrder = (setup.Features & VirtioFeatures.InOrder) != 0;
        return (eventIndex, inOrder) switch
        {
            (false, false) => TryCreate<Without, Without>(setup, memory, out queue),
            (false, true) => TryCreate<Without, With>(setup, memory, out queue),
            (true, false) => TryCreate<With, Without>(setup, memory, out queue),
            (true, true) => TryCreate<With, With>(setup, memory, out queue),
        };
    }

    private static VirtqueueError TryCreate<TEventIndex, TInOrder>(in VirtqueueSetup setup, GuestMemory memory, out Virtqueue? queue)
        where TEventIndex : struct, IFeature
        where TInOrder : struct, IFeature
    {
        queue = null;
        VirtqueueError error;
        if (RingLayout.IsPacked(setup.Features))
        {
            error = PackedRing<TEventIndex, TInOrder>.TryCreate(setup, memory, out PackedRing<TEventIndex, TInOrder> packed);
            queue = error == VirtqueueError.None ? new Virtqueue<PackedRing<TEventIndex, TInOrder>>(packed) : null;
            return error;
        }

        error = SplitRingAreas.TryResolve(setup, memory, out SplitRingAreas split);
        if (error == VirtqueueError.None)
        {
            var ring = new SplitRing<TEventIndex, TInOrder>(setup, split, memory);
            queue = (setup.Features & VirtioFeatures.NotifyOnEmpty) != 0
                ? new EmptyNotifyingVirtqueue<SplitRing<TEventIndex, TInOrder>>(ring)
                : new Virtqueue<SplitRing<TEventIndex, TInOrder>>(ring);
        }

        return error;
    }
}
