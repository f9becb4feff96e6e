using System.Buffers.Binary;

namespace FastRing.Fuzz.Consoles;

/// <summary>What a client's bytes are, read as docs/resumable.md has them, all at once.</summary>
internal static class NaiveFrames
{
    private const int HeaderBytes = 16;
    private const int Window = 128 << 10;

    /// <summary>The frames up to the first that is none, or is not whole: kind, length, position.</summary>
    /// <param name="bytes">All that was sent.</param>
    /// <param name="data">Gets the bytes of the stream.</param>
    /// <param name="isWrong">There is a frame that no client may send.</param>
    public static List<(uint Kind, uint Length, ulong Position)> Read(ReadOnlySpan<byte> bytes, List<byte> data, out bool isWrong)
    {
        var frames = new List<(uint Kind, uint Length, ulong Position)>();
        isWrong = false;
        while (bytes.Length >= HeaderBytes)
        {
            uint kind = BinaryPrimitives.ReadUInt32LittleEndian(bytes);
            uint length = BinaryPrimitives.ReadUInt32LittleEndian(bytes[4..]);
            isWrong = kind switch { 1 => length != 40, 3 => length is 0 or > 1 << 16, 4 or 5 => length != 0, _ => true };
            bool isWhole = kind == 3 || bytes.Length - HeaderBytes >= length;
            if (isWrong || !isWhole)
            {
                break;
            }

            frames.Add((kind, length, BinaryPrimitives.ReadUInt64LittleEndian(bytes[8..])));
            bytes = bytes[HeaderBytes..];
            int body = (int)Math.Min(length, (uint)bytes.Length);
            if (kind == 3)
            {
                data.AddRange(bytes[..body]);
            }

            bytes = bytes[body..];
        }

        return frames;
    }

    /// <summary>Why a hello is none: whether it is one at all, and of which version.</summary>
    public static bool IsHello(ReadOnlySpan<byte> payload) =>
        payload[..4].SequenceEqual("FRRS"u8) && BinaryPrimitives.ReadUInt16LittleEndian(payload[4..]) == 1 && BinaryPrimitives.ReadUInt16LittleEndian(payload[6..]) <= 1
        && BinaryPrimitives.ReadUInt32LittleEndian(payload[32..]) >= 4096 && BinaryPrimitives.ReadUInt32LittleEndian(payload[36..]) == 0;

    /// <summary>Whether the window has room for so much more.</summary>
    public static bool HasRoom(ulong waiting, uint more) => waiting + more <= Window;
}
