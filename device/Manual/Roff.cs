using System.Text;

namespace FastRing.Manual;

/// <summary>Source of a manual page: man(7) macros, with lines of a width people can read too.</summary>
internal sealed class Roff
{
    private const int Width = 78;
    private readonly StringBuilder _text = new();

    /// <summary>A paragraph that follows a heading begins with it.</summary>
    private bool _isBelowHeading;

    /// <summary>A word in bold: what is typed as it stands here.</summary>
    public static string Bold(string text) => $"\\fB{Escape(text)}\\fR";

    /// <summary>A word in italics: what stands for something else.</summary>
    public static string Italic(string text) => $"\\fI{Escape(text)}\\fR";

    /// <summary>Text that means itself: groff_char(7) has what roff or its fonts would make something else of.</summary>
    public static string Escape(string text)
    {
        var escaped = new StringBuilder(text.Length);
        foreach (Rune rune in text.EnumerateRunes())
        {
            escaped.Append(rune.Value switch
            {
                '\\' => "\\(rs",
                '-' => "\\-",
                '\'' => "\\(aq",
                '"' => "\\(dq",
                '`' => "\\(ga",
                '^' => "\\(ha",
                '~' => "\\(ti",
                > 0x7E => $"\\[u{rune.Value:X4}]",
                _ => rune.ToString(),
            });
        }

        return escaped.ToString();
    }

    /// <summary>The first line.</summary>
    public void Title(string name, int section, string date, string source, string manual) =>
        _text.Append($".TH {name.ToUpperInvariant()} {section} {date} \"{Escape(source)}\" \"{Escape(manual)}\"\n");

    /// <summary>A heading.</summary>
    public void Section(string name) => Heading($".SH {name}\n");

    /// <summary>A heading below it.</summary>
    public void Subsection(string name) => Heading($".SS \"{Escape(name)}\"\n");

    /// <summary>Lines of source, which follow a heading or a paragraph.</summary>
    public void Lines(string source)
    {
        _isBelowHeading = false;
        int column = 0;
        foreach (string word in source.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            bool isNext = column > 0 && column + 1 + word.Length <= Width;
            _text.Append(column == 0 ? "" : isNext ? " " : "\n");
            column = isNext ? column + 1 : 0;
            string guarded = column == 0 && word[0] == '.' ? $"\\&{word}" : word;
            _text.Append(guarded);
            column += guarded.Length;
        }

        _text.Append('\n');
    }

    /// <summary>A paragraph of source.</summary>
    public void Paragraph(string source)
    {
        _text.Append(_isBelowHeading ? "" : ".PP\n");
        Lines(source);
    }

    /// <summary>A term and what it means, both source.</summary>
    public void Item(string term, string meaning)
    {
        _text.Append($".TP\n{term}\n");
        Lines(meaning);
    }

    /// <summary>Lines that stay as they are.</summary>
    public void Example(string text) => _text.Append($".PP\n.in +4n\n.EX\n{Escape(text)}\n.EE\n.in\n");

    public override string ToString() => _text.ToString();

    private void Heading(string macro)
    {
        _text.Append(macro);
        _isBelowHeading = true;
    }
}
