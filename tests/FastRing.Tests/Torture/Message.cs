namespace FastRing.Tests.Torture;

/// <summary>What the two threads say to each other.</summary>
internal static class Message
{
    private const ulong Odd = 0x9e37_79b9_7f4a_7c15;

    /// <summary>Where a message lies that is under way; its answer lies 8 bytes behind.</summary>
    public static ulong AddressOf(int slot) => (ulong)slot * 64;

    public static ulong Body(ulong number) => (number + 1) * Odd;

    /// <summary>Whether a body is one: they are numbered from 0.</summary>
    public static bool IsBody(ulong body) => (body * 0xf1de_83e1_9937_733d) - 1 < 1UL << 40;

    public static ulong Answer(ulong body) => (body ^ (body >> 29)) * Odd;

    /// <summary>Bytes of the answer that count as written: mostly all.</summary>
    public static uint Written(ulong answer) => answer % 16 == 0 ? 4U : 8;
}
