namespace FastRing.Tests.Models.SmallScope;

/// <summary>
/// Guest memory for the smallest rings, and what is where in it, byte by byte: 4 GiB and a little from 0 on, so that the longest
/// buffer has a place; another region right behind it, at <see cref="Border"/>; nothing from <see cref="Hole"/> on; the ring, far
/// away; and a region that ends with the address space.
/// </summary>
internal sealed class ScopeMemory : IDisposable
{
    public const ulong Border = 0x1_0001_0000;
    public const ulong Hole = 0x1_0002_0000;
    public const ulong RingAt = 0x10_0000_0000;
    public const ulong Top = 0xffff_ffff_ffff_0000;

    private static readonly (ulong Start, ulong Size)[] s_regions =
        [(0, Border), (Border, Hole - Border), (RingAt, 0x1000), (Top, 0x1_0000)];

    public TestGuest Guest { get; } = new(s_regions);

    /// <summary>The pieces a buffer falls into, one a region; null when a byte of it is nowhere.</summary>
    public static List<(ulong Address, ulong Length)>? Pieces(ulong address, uint length)
    {
        var pieces = new List<(ulong, ulong)>(2);
        UInt128 at = address;
        UInt128 end = at + length;
        while (at < end)
        {
            int region = Array.FindIndex(s_regions, r => at >= r.Start && at < (UInt128)r.Start + r.Size);
            if (region < 0)
            {
                return null;
            }

            UInt128 pieceEnd = UInt128.Min(end, (UInt128)s_regions[region].Start + s_regions[region].Size);
            pieces.Add(((ulong)at, (ulong)(pieceEnd - at)));
            at = pieceEnd;
        }

        return pieces;
    }

    /// <summary>Reads bytes that are somewhere.</summary>
    public void Read(ulong address, Span<byte> bytes)
    {
        for (int i = 0; i < bytes.Length; i++)
        {
            bytes[i] = Guest.Span(address + (ulong)i, 1)[0];
        }
    }

    public void Dispose() => Guest.Dispose();
}
