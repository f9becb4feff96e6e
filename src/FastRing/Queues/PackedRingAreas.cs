using FastRing.Memory;
using FastRing.Spec;

namespace FastRing.Queues;

/// <summary>Where the three areas of a packed ring lie in this process (virtio 1.2, 2.8). Resolved once, when the ring starts.</summary>
internal readonly unsafe struct PackedRingAreas
{
    private PackedRingAreas(nint descriptors, nint driver, nint device)
    {
        Descriptors = (ulong*)descriptors;
        DriverEvents = (uint*)driver;
        DeviceEvents = (uint*)device;
    }

    // SAFETY for all of these: TryResolve proved that each whole area lies in one mapping of `memory` and is aligned to its
    // natural size; whoever holds the struct holds that memory map.

    /// <summary>Two words a descriptor: addr; and len, id, flags, which are thus read and written in one piece.</summary>
    public readonly ulong* Descriptors;

    /// <summary><see cref="EventSuppression"/> of the driver, as one word: desc in the low half, flags in the high one.</summary>
    public readonly uint* DriverEvents;

    /// <summary>The same of the device.</summary>
    public readonly uint* DeviceEvents;

    public static VirtqueueError TryResolve<TMemory>(in VirtqueueSetup setup, in TMemory memory, out PackedRingAreas areas)
        where TMemory : struct, IRingMemory
    {
        areas = default;
        if (!RingLayout.IsValidSize(setup.Size, setup.Features))
        {
            return VirtqueueError.BadSize;
        }

        if ((setup.Descriptors.Value & 15) != 0 || (setup.Driver.Value & 3) != 0 || (setup.Device.Value & 3) != 0)
        {
            return VirtqueueError.AreaMisaligned;
        }

        memory.BeginAreas(setup.Size);
        VirtqueueError error = memory.TranslateArea(setup.Descriptors, RingLayout.DescriptorBytes(setup.Size), IotlbAccess.ReadWrite, out nint descriptors);
        nint driver = 0;
        nint device = 0;
        error = error == VirtqueueError.None
            ? memory.TranslateArea(setup.Driver, RingLayout.DriverBytes(setup.Size, setup.Features), IotlbAccess.Read, out driver) : error;
        error = error == VirtqueueError.None
            ? memory.TranslateArea(setup.Device, RingLayout.DeviceBytes(setup.Size, setup.Features), IotlbAccess.ReadWrite, out device) : error;
        if (error != VirtqueueError.None)
        {
            return error;
        }

        bool aligned = (descriptors & 15) == 0 && (driver & 3) == 0 && (device & 3) == 0;
        areas = aligned ? new PackedRingAreas(descriptors, driver, device) : default;
        return aligned ? VirtqueueError.None : VirtqueueError.AreaMisaligned;
    }

    /// <summary>
    /// Where to begin. A ring never used begins with its wrap counters at 1, but frontends (user-mode Linux) say 0 there, which is also what a ring at
    /// its start on an odd round says. On such a ring something has been used before, and USED was set; on a fresh one it was not.
    /// </summary>
    public PackedPosition Begin(uint @base, uint size)
    {
        var said = new PackedPosition((ushort)@base);
        for (uint i = 0; said.Value == 0 && i < size; i++)
        {
            // SAFETY: i < size.
            if ((Volatile.Read(ref Descriptors[(2 * i) + 1]) >> 48 & (ulong)DescriptorFlags.Used) != 0)
            {
                return said;
            }
        }

        return said.Value == 0 ? PackedPosition.Fresh : said;
    }
}
