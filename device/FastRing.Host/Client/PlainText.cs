using System.Globalization;
using System.Text;

namespace FastRing.Host.Client;

/// <summary>Text of guests, clients and the daemon as a terminal may show it.</summary>
internal static class PlainText
{
    private const char Stand = '\uFFFD';

    /// <summary>The text on one line, every character that could move the cursor, change colours or turn letters round replaced.</summary>
    public static string Of(string text)
    {
        if (!text.Any(IsUnseen))
        {
            return text;
        }

        var plain = new StringBuilder(text.Length);
        foreach (char c in text)
        {
            plain.Append(c is '\n' or '\r' or '\t' ? ' ' : IsUnseen(c) ? Stand : c);
        }

        return plain.ToString();
    }

    /// <summary>The same, of which the lines are kept: a mistake each.</summary>
    public static string Lines(string text) => string.Join('\n', text.Split('\n').Select(Of));

    private static bool IsUnseen(char c) =>
        char.GetUnicodeCategory(c) is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator;
}
