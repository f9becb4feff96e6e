using System.Numerics;
using FastRing.Memory;
using FastRing.Spec;

namespace FastRing.Queues;

/// <summary>Sizes of a ring's areas and a way to lay them out one behind the other (virtio 1.2, 2.7 and 2.8).</summary>
/// <param name="Size">Entries.</param>
/// <param name="Descriptors">Start of the descriptor area.</param>
/// <param name="Driver">Start of the driver area: the available ring, or the driver's event suppression.</param>
/// <param name="Device">Start of the device area: the used ring, or the device's event suppression.</param>
/// <param name="End">First address behind the ring.</param>
public readonly record struct RingLayout(ushort Size, GuestAddress Descriptors, GuestAddress Driver, GuestAddress Device, GuestAddress End)
{
    /// <summary>Two cache lines: processors fetch them in pairs, and what one side writes must not lie beside what the other does.</summary>
    private const ulong Apart = 128;

    private const int EventSuppressionBytes = 4;

    /// <summary>Whether a ring may have that many entries: up to 32768, and a power of two unless it is packed.</summary>
    public static bool IsValidSize(uint size, ulong features = 0) =>
        size is > 0 and <= 32768 && (IsPacked(features) || BitOperations.IsPow2(size));

    /// <summary>Bytes of the descriptor area.</summary>
    public static ulong DescriptorBytes(uint size) => 16UL * size;

    /// <summary>Bytes of the driver area. Split: flags, idx, one le16 an entry, used_event.</summary>
    public static ulong DriverBytes(uint size, ulong features = 0) => IsPacked(features) ? EventSuppressionBytes : 6 + (2UL * size);

    /// <summary>Bytes of the device area. Split: flags, idx, 8 bytes an entry, avail_event.</summary>
    public static ulong DeviceBytes(uint size, ulong features = 0) => IsPacked(features) ? EventSuppressionBytes : 6 + (8UL * size);

    /// <summary>Lays a ring out from <paramref name="start"/>, each side's area on cache lines of its own.</summary>
    /// <param name="start">Where; rounded up to 128 bytes.</param>
    /// <param name="size">Entries.</param>
    /// <param name="features">The negotiated features, of which <see cref="VirtioFeatures.RingPacked"/> decides.</param>
    /// <exception cref="ArgumentOutOfRangeException">The size is not one such a ring may have.</exception>
    public static RingLayout At(GuestAddress start, ushort size, ulong features = 0)
    {
        if (!IsValidSize(size, features))
        {
            throw new ArgumentOutOfRangeException(nameof(size), size, "a ring has 1 to 32768 entries, a split ring a power of two");
        }

        ulong descriptors = AlignUp(start.Value);
        ulong driver = AlignUp(descriptors + DescriptorBytes(size));
        ulong device = AlignUp(driver + DriverBytes(size, features));
        ulong end = AlignUp(device + DeviceBytes(size, features));
        return new(size, new(descriptors), new(driver), new(device), new(end));
    }

    internal static bool IsPacked(ulong features) => (features & VirtioFeatures.RingPacked) != 0;

    private static ulong AlignUp(ulong value) => (value + Apart - 1) & ~(Apart - 1);
}
