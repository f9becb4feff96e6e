using System.Buffers;

namespace FastRing.Workloads.Ports;

/// <summary>What every reader does with what it gets: looks at each byte, as a parser does that searches for the end of a line.</summary>
internal static class ByteLook
{
    /// <summary>Nobody writes it.</summary>
    public const byte Never = 0xa5;

    /// <summary>What everybody writes.</summary>
    public static byte[] Message(int bytes)
    {
        byte[] message = new byte[bytes];
        message.AsSpan().Fill(0x5a);
        return message;
    }

    public static void At(in ReadOnlySequence<byte> bytes)
    {
        foreach (ReadOnlyMemory<byte> piece in bytes)
        {
            At(piece.Span);
        }
    }

    public static void At(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Contains(Never))
        {
            throw new InvalidDataException("a byte came that nobody wrote");
        }
    }
}
