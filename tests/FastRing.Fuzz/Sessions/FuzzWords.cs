namespace FastRing.Fuzz.Sessions;

/// <summary>The 32-bit words that messages are made of, from a byte each: numbers that mean something, small ones, and any.</summary>
internal static class FuzzWords
{
    /// <summary>Where the memory lies for the guest, and for the frontend.</summary>
    public const uint Guest = 0x10_0000;
    public const uint Frontend = 0x7000_0000;

    private static readonly uint[] s_words =
    [
        0, 1, 2, 3, 4, 8, 16, 256, 0x1000, 0x2000, 0x8000, FuzzFds.MemoryBytes, Guest, Guest + FuzzFds.MemoryBytes, Frontend, Frontend + FuzzFds.MemoryBytes,
        Frontend + 0x1000, Frontend + 0x2000, Frontend + 0x3000, Guest + 0x1000, Guest + 0x2000, Guest + 0x8000, Guest + 0xfff0, Frontend + 0xfff0, Frontend + 0xfffe, 0x8000_8000, 0x8000, 0xffff, 0x1_0000, uint.MaxValue, 0x7fff_ffff, 0x8000_0000,
        0x4000_0000, 0x6400_0000, 0x7000_0000, 0x000f_fffb, 0x0009_b22b, 0x100, 0x101, 0xff, 32768, 32769, 0x0010_0008, 0x0001_0002, 0x0001_0001, 0x8000_0002, 64, 128, 4096 + 64, 1 << 20, 0xfff, 0x1001, 5, 6, 7, 9, 10, 11, 12, 13, 14, 15, 0x2000_0000, 0x2400_0000,
    ];

    public static uint Take(ref FuzzInput input)
    {
        byte which = input.Byte();
        return which < s_words.Length ? s_words[which] : which < 0xc0 ? which - (uint)s_words.Length : input.UInt32();
    }
}
