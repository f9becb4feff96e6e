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

    /// <summary>Adds the pieces a buffer falls into, one a region; false when a byte of it is nowhere.</summary>
    public static bool TryCut(ulong address, uint length, List<(ulong Address, ulong Length)> pieces)
    {
        UInt128 at = address;
        UInt128 end = at + length;
        while (at < end)
        {
            if (!TryFind(at, out UInt128 regionEnd))
            {
                return false;
            }

            UInt128 pieceEnd = UInt128.Min(end, regionEnd);
            pieces.Add(((ulong)at, (ulong)(pieceEnd - at)));
            at = pieceEnd;
        }

        return true;
    }

    /// <summary>Reads bytes; false when one of them is nowhere.</summary>
    public bool TryRead(ulong address, Span<byte> bytes)
    {
        var pieces = new List<(ulong Address, ulong Length)>(2);
        if (!TryCut(address, (uint)bytes.Length, pieces))
        {
            return false;
        }

        foreach ((ulong at, ulong length) in pieces)
        {
            Guest.Span(at, (int)length).CopyTo(bytes);
            bytes = bytes[(int)length..];
        }

        return true;
    }

    public void Dispose() => Guest.Dispose();

    private static bool TryFind(UInt128 address, out UInt128 end)
    {
        foreach ((ulong start, ulong size) in s_regions)
        {
            end = (UInt128)start + size;
            if (address >= start && address < end)
            {
                return true;
            }
        }

        end = 0;
        return false;
    }
}
