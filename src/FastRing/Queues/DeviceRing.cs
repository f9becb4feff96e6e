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
        return RingLayout.IsPacked(setup.Features)
            ? TryCreatePacked<TEventIndex, TInOrder, TMemory>(setup, memory, out queue)
            : TryCreateSplit<TEventIndex, TInOrder, TMemory>(setup, memory, out queue);
    }

    private static VirtqueueError TryCreateSplit<TEventIndex, TInOrder, TMemory>(in VirtqueueSetup setup, in TMemory memory, out Virtqueue? queue)
        where TEventIndex : struct, IFeature
        where TInOrder : struct, IFeature
        where TMemory : struct, IRingMemory
    {
        queue = null;
        VirtqueueError error = SplitRingAreas.TryResolve(setup, memory, out SplitRingAreas areas);
        SplitInflight? inflight = null;
        ushort start = (ushort)setup.Base;
        if (error == VirtqueueError.None && setup.Inflight is { } region)
        {
            error = SplitInflight.TryOpen(region, setup.Size, areas, ref start, out inflight);
        }

        if (error == VirtqueueError.None)
        {
            var ring = new SplitRing<TEventIndex, TInOrder, TMemory>(setup, areas, start, memory);
            queue = inflight is null ? Queue(ring, setup) : Queue(new SplitInflightRing<SplitRing<TEventIndex, TInOrder, TMemory>>(ring, inflight), setup);
        }

        return error;
    }

    private static VirtqueueError TryCreatePacked<TEventIndex, TInOrder, TMemory>(in VirtqueueSetup setup, in TMemory memory, out Virtqueue? queue)
        where TEventIndex : struct, IFeature
        where TInOrder : struct, IFeature
        where TMemory : struct, IRingMemory
    {
        queue = null;
        VirtqueueError error = PackedRingAreas.TryResolve(setup, memory, out PackedRingAreas areas);
        PackedInflight? inflight = null;
        PackedPosition start = error == VirtqueueError.None ? areas.Begin(setup.Base, setup.Size) : default;
        if (error == VirtqueueError.None && setup.Inflight is { } region)
        {
            error = PackedInflight.TryOpen(region, setup.Size, areas, ref start, out inflight);
        }

        if (error == VirtqueueError.None && start.Index >= setup.Size)
        {
            error = VirtqueueError.BadBase;
        }

        if (error == VirtqueueError.None)
        {
            var ring = new PackedRing<TEventIndex, TInOrder, TMemory>(setup, areas, start, memory);
            queue = inflight is null ? Queue(ring, setup) : Queue(new PackedInflightRing<PackedRing<TEventIndex, TInOrder, TMemory>>(ring, inflight), setup);
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
