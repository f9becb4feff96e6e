using System.Numerics;
using FastRing.Memory;

namespace FastRing.Queues;

/// <summary>Sizes of a split ring's areas and a way to lay them out one behind the other (virtio 1.2, 2.7).</summary>
/// <param name="Size">Entries: a power of two from 1 to 32768.</param>
/// <param name="Descriptors">Start of the descriptor area.</param>
/// <param name="Driver">Start of the available ring.</param>
/// <param name="Device">Start of the used ring.</param>
/// <param name="End">First address behind the ring.</param>
public readonly record struct SplitRingLayout(ushort Size, GuestAddress Descriptors, GuestAddress Driver, GuestAddress Device, GuestAddress End)
{
    /// <summary>Whether a split ring may have that many entries.</summary>
    public static bool IsValidSize(uint size) => size is > 0 and <= 32768 && BitOperations.IsPow2(size);

    /// <summary>Bytes of the descriptor area.</summary>
    public static ulong DescriptorBytes(uint size) => 16UL * size;

    /// <summary>Bytes of the available ring: flags, idx, one le16 an entry, used_event.</summary>
    public static ulong AvailableBytes(uint size) => 6 + (2UL * size);

    /// <summary>Bytes of the used ring: flags, idx, 8 bytes an entry, avail_event.</summary>
    public static ulong UsedBytes(uint size) => 6 + (8UL * size);

    /// <summary>Lays a ring out from <paramref name="start"/>, the used ring on a cache line of its own.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The size is not one a split ring may have.</exception>
    public static SplitRingLayout At(GuestAddress start, ushort size)
    {
        if (!IsValidSize(size))
        {
            throw new ArgumentOutOfRangeException(nameof(size), size, "a split ring has a power of two from 1 to 32768 entries");
        }

        ulong descriptors = AlignUp(start.Value, 64);
        ulong driver = descriptors + DescriptorBytes(size);
        ulong device = AlignUp(driver + AvailableBytes(size), 64);
        ulong end = AlignUp(device + UsedBytes(size), 64);
        return new(size, new(descriptors), new(driver), new(device), new(end));
    }

    private static ulong AlignUp(ulong value, ulong alignment) => (value + alignment - 1) & ~(alignment - 1);
}
