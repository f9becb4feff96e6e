using FastRing.Memory;
using FastRing.Queues;
using FastRing.Spec;

namespace FastRing.DriverKit;

/// <summary>Where <see cref="DriverVirtqueue.Create"/> puts the areas of a ring, in the words a device is told of it.</summary>
public static class RingSetup
{
    /// <summary>The setup of a fresh ring.</summary>
    /// <param name="start">The ring's first guest physical address, on a 128-byte boundary.</param>
    /// <param name="size">Entries of the ring.</param>
    /// <param name="features">The negotiated features; they decide the layout.</param>
    /// <exception cref="ArgumentOutOfRangeException">A ring of that layout can't have that size.</exception>
    public static VirtqueueSetup At(GuestAddress start, ushort size, ulong features)
    {
        RingLayout layout = RingLayout.At(start, size, features);
        return new VirtqueueSetup(size, layout.Descriptors, layout.Driver, layout.Device, FreshBase(features), features);
    }

    /// <summary>Bytes of the driver area and of the device area of a ring (virtio 1.2, 2.7 and 2.8.14).</summary>
    internal static (ulong Driver, ulong Device) AreaBytes(ushort size, ulong features) =>
        IsPacked(features) ? (4, 4) : (6 + (2UL * size), 6 + (8UL * size));

    /// <summary>Where a fresh ring begins: index 0, and in a packed ring both wrap counters at 1.</summary>
    internal static uint FreshBase(ulong features) => IsPacked(features) ? 0x8000_8000 : 0;

    internal static bool IsPacked(ulong features) => (features & VirtioFeatures.RingPacked) != 0;
}
