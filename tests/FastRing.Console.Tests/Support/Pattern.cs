namespace FastRing.Console.Tests.Support;

/// <summary>A byte stream in which every position has its own look: a byte lost, doubled or moved shows.</summary>
internal static class Pattern
{
    public static byte At(long position) => (byte)((ulong)(position + 1) * 0x9E37_79B9_7F4A_7C15UL >> 56);

    public static byte[] Bytes(long start, int count)
    {
        var bytes = new byte[count];
        Fill(bytes, start);
        return bytes;
    }

    public static void Fill(Span<byte> bytes, long start)
    {
        for (int i = 0; i < bytes.Length; i++)
        {
            bytes[i] = At(start + i);
        }
    }

    public static void AssertIs(ReadOnlySpan<byte> bytes, long start)
    {
        for (int i = 0; i < bytes.Length; i++)
        {
            if (bytes[i] != At(start + i))
            {
                Assert.Fail($"byte {start + i} of the stream is wrong");
            }
        }
    }
}
