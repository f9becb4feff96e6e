namespace FastRing.GuestTool;

/// <summary>Text of the host's on its way to a terminal.</summary>
internal static class Printable
{
    /// <summary>The text with a question mark for everything a terminal might act on.</summary>
    public static string Of(string text) => string.Concat(text.Select(c => char.IsControl(c) || char.IsSurrogate(c) || c is '\u2028' or '\u2029' ? '?' : c));
}
