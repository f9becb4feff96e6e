using System.Runtime.InteropServices;
using System.Text.Unicode;

namespace FastRing.Native;

/// <summary>Strings across the border: UTF-8 with a zero at the end, in the caller's memory or the library's image.</summary>
internal static unsafe class Text
{
    /// <exception cref="AbiException">There is none.</exception>
    public static string Required(byte* text, string field) => Optional(text) ?? throw new AbiException(ErrorCode.Argument, $"{field}: NULL");

    // SAFETY: the caller's, with a zero at its end.
    public static string? Optional(byte* text) => text == null ? null : Marshal.PtrToStringUTF8((nint)text);

    /// <summary>Writes as much as there is room for, whole characters only, and a zero.</summary>
    /// <param name="text">What to write; zeros in it become question marks.</param>
    /// <param name="to">Where; nothing is written if it is empty.</param>
    public static void Copy(ReadOnlySpan<char> text, Span<byte> to)
    {
        if (to.IsEmpty)
        {
            return;
        }

        Utf8.FromUtf16(text, to[..^1], out _, out int written);
        to[..written].Replace((byte)0, (byte)'?');
        to[written] = 0;
    }
}
