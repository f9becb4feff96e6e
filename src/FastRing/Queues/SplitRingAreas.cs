using FastRing.Memory;
using FastRing.Spec;

namespace FastRing.Queues;

/// <summary>Where the three areas of a split ring lie in this process (virtio 1.2, 2.7). Resolved once, when the ring starts.</summary>
internal readonly unsafe struct SplitRingAreas
{
    private SplitRingAreas(uint size, nint descriptors, nint available, nint used)
    {
        Descriptors = (VirtqDescriptor*)descriptors;
        AvailableFlags = (ushort*)available;
        AvailableIndex = AvailableFlags + 1;
        AvailableRing = AvailableFlags + 2;
        UsedEvent = AvailableRing + size;
        UsedFlags = (ushort*)used;
        UsedIndex = UsedFlags + 1;
        UsedRing = (ulong*)(UsedFlags + 2);
        AvailableEvent = (ushort*)(UsedRing + size);
    }

    // SAFETY for all of these: TryResolve proved that each whole area lies in one mapping of `memory` and is aligned to its
    // natural size; whoever holds the struct holds that memory map.
    public readonly VirtqDescriptor* Descriptors;
    public readonly ushort* AvailableFlags;
    public readonly ushort* AvailableIndex;
    public readonly ushort* AvailableRing;
    public readonly ushort* UsedEvent;
    public readonly ushort* UsedFlags;
    public readonly ushort* UsedIndex;

    /// <summary>Elements of 8 bytes {le32 id, le32 len} on a 4-byte boundary.</summary>
    public readonly ulong* UsedRing;
    public readonly ushort* AvailableEvent;

    public static VirtqueueError TryResolve<TMemory>(in VirtqueueSetup setup, in TMemory memory, out SplitRingAreas areas)
        where TMemory : struct, IRingMemory
    {
        areas = default;
        uint size = setup.Size;
        if (!RingLayout.IsValidSize(size))
        {
            return VirtqueueError.BadSize;
        }

        if ((setup.Descriptors.Value & 15) != 0 || (setup.Driver.Value & 1) != 0 || (setup.Device.Value & 3) != 0)
        {
            return VirtqueueError.AreaMisaligned;
        }

        memory.BeginAreas(size);
        VirtqueueError error = memory.TranslateArea(setup.Descriptors, RingLayout.DescriptorBytes(size), IotlbAccess.Read, out nint descriptors);
        nint available = 0;
        nint used = 0;
        error = error == VirtqueueError.None ? memory.TranslateArea(setup.Driver, RingLayout.DriverBytes(size), IotlbAccess.Read, out available) : error;
        error = error == VirtqueueError.None ? memory.TranslateArea(setup.Device, RingLayout.DeviceBytes(size), IotlbAccess.ReadWrite, out used) : error;
        if (error != VirtqueueError.None)
        {
            return error;
        }

        // Regions are page aligned in the file but may start anywhere in guest memory: what counts is the host address.
        bool aligned = (descriptors & 15) == 0 && (available & 1) == 0 && (used & 3) == 0;
        areas = aligned ? new SplitRingAreas(size, descriptors, available, used) : default;
        return aligned ? VirtqueueError.None : VirtqueueError.AreaMisaligned;
    }
}
