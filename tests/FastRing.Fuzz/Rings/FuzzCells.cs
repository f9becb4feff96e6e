using FastRing.Spec;
using FastRing.Tests.Models.SmallScope;

namespace FastRing.Fuzz.Rings;

/// <summary>Descriptors, from four bytes each: most addresses and lengths that matter are one byte away from each other.</summary>
internal static class FuzzCells
{
    /// <summary>Where tables are: in the middle, on an odd address, over the border, up to the hole.</summary>
    public static readonly ulong[] Tables = [0x400, 0x803, ScopeMemory.Border - 16, ScopeMemory.Hole - 32];

    private static readonly ulong[] s_addresses =
    [
        0, 0x100, 0xff0, Tables[0], Tables[1], Tables[2], Tables[3], ScopeMemory.Border - 1, ScopeMemory.Border, ScopeMemory.Hole - 1, ScopeMemory.Hole, ScopeMemory.Top,
        ulong.MaxValue - 15, ulong.MaxValue, ScopeMemory.RingAt, ScopeMemory.RingAt + 0xff0,
    ];

    private static readonly uint[] s_lengths =
        [0, 1, 2, 8, 15, 16, 17, 32, 48, 64, 0x100, 0x1000, 0x4000, 0x4010, 0x7fff_ffff, uint.MaxValue];

    /// <summary>A descriptor without the two bits that say whose it is in a packed ring.</summary>
    public static Cell Take(ref FuzzInput input)
    {
        byte address = input.Byte();
        byte length = input.Byte();
        byte flags = input.Byte();
        byte link = input.Byte();
        return new Cell(
            s_addresses[address & 15] + (uint)(address >> 4),
            s_lengths[length & 15] + (uint)(length >> 4),
            (DescriptorFlags)(flags & 7),
            link >= 0xf0 ? (ushort)(link << 8) : link);
    }
}
