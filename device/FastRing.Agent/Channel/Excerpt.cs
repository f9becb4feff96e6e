using System.Buffers;
using System.Text;

namespace FastRing.Agent.Channel;

/// <summary>The beginning of bytes that somebody sent, fit for one line of a log.</summary>
internal static class Excerpt
{
    private const int MaxBytes = 60;

    public static string Of(ReadOnlySequence<byte> bytes)
    {
        var text = new StringBuilder();
        foreach (byte b in bytes.Slice(0, Math.Min(bytes.Length, MaxBytes)).ToArray())
        {
            text.Append(b is >= (byte)' ' and < 0x7f ? (char)b : '?');
        }

        return bytes.Length > MaxBytes ? $"{text}… ({bytes.Length} bytes)" : bytes.IsEmpty ? "(nothing)" : text.ToString();
    }
}
