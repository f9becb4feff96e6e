using System.Buffers.Binary;
using System.Text;

namespace FastRing.Examples;

/// <summary>One change of the clipboard. On the channel: version (8 bytes), bytes of text (4), both little-endian, and the text in UTF-8.</summary>
internal sealed record ClipboardFrame(ulong Version, string Text)
{
    /// <summary>Longer texts are not shared; a longer frame is an error.</summary>
    public const int MaxBytes = 1 << 20;

    private const int HeaderBytes = 12;
    private static readonly UTF8Encoding Utf8 = new(false, throwOnInvalidBytes: true);

    public async Task WriteAsync(Stream stream, CancellationToken cancellation)
    {
        byte[] frame = new byte[HeaderBytes + Utf8.GetByteCount(Text)];
        BinaryPrimitives.WriteUInt64LittleEndian(frame, Version);
        BinaryPrimitives.WriteInt32LittleEndian(frame.AsSpan(8), Utf8.GetBytes(Text, frame.AsSpan(HeaderBytes)));
        await stream.WriteAsync(frame, cancellation);
    }

    /// <returns>Null at the end of the stream, between two frames.</returns>
    /// <exception cref="InvalidDataException">Too long, or not UTF-8.</exception>
    /// <exception cref="EndOfStreamException">The stream ended within a frame.</exception>
    public static async Task<ClipboardFrame?> ReadAsync(Stream stream, CancellationToken cancellation)
    {
        byte[] header = new byte[HeaderBytes];
        int got = await stream.ReadAtLeastAsync(header, HeaderBytes, throwOnEndOfStream: false, cancellation);
        if (got < HeaderBytes)
        {
            return got == 0 ? null : throw new EndOfStreamException("the stream ended within a frame's header");
        }

        uint length = BinaryPrimitives.ReadUInt32LittleEndian(header.AsSpan(8));
        byte[] text = length <= MaxBytes ? new byte[length] : throw new InvalidDataException($"a frame of {length} bytes; {MaxBytes} are allowed");
        await stream.ReadExactlyAsync(text, cancellation);
        return new ClipboardFrame(BinaryPrimitives.ReadUInt64LittleEndian(header), Decode(text));
    }

    /// <exception cref="InvalidDataException">Not UTF-8.</exception>
    public static string Decode(byte[] text)
    {
        try
        {
            return Utf8.GetString(text);
        }
        catch (DecoderFallbackException)
        {
            throw new InvalidDataException("the text is not UTF-8");
        }
    }
}
