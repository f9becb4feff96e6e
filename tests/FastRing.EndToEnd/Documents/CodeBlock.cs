using Markdig;
using Markdig.Syntax;
using MarkdownBlock = Markdig.Syntax.CodeBlock;

namespace FastRing.EndToEnd.Documents;

/// <summary>A block of code of a document for users.</summary>
/// <param name="Document">The document, from the checkout's root.</param>
/// <param name="Line">The block's first line there.</param>
/// <param name="Language">What a fence says it is; empty: commands.</param>
/// <param name="Text">What it says.</param>
/// <param name="IsNotRun">Whether the paragraph above says that no test runs it.</param>
internal sealed record CodeBlock(string Document, int Line, string Language, string Text, bool IsNotRun)
{
    private const string Mark = "**Not run by a test**";

    private static readonly Lazy<IReadOnlyList<CodeBlock>> s_all = new(() => [.. Documents().SelectMany(Of)]);

    /// <summary>Those of all documents.</summary>
    public static IReadOnlyList<CodeBlock> All => s_all.Value;

    /// <summary>The commands in it, a logical line each, without comments.</summary>
    public IEnumerable<string> Commands => Language.Length > 0 ? [] : Text.Replace("\\\n", "", StringComparison.Ordinal).Split('\n')
        .Select(line => (line.IndexOf(" #", StringComparison.Ordinal) is >= 0 and int comment ? line[..comment] : line).Trim())
        .Where(line => line.Length > 0).Select(line => string.Join(' ', line.Split(' ', StringSplitOptions.RemoveEmptyEntries)));

    public override string ToString() => $"{Document}:{Line}";

    private static IEnumerable<string> Documents() =>
        ["README.md", "device/FastRing.Host/README.md", .. Directory.GetFiles(Path.Combine(Programs.Checkout(), "docs"), "*.md").Select(f => $"docs/{Path.GetFileName(f)}").Order(StringComparer.Ordinal)];

    private static IEnumerable<CodeBlock> Of(string document)
    {
        string text = File.ReadAllText(Path.Combine(Programs.Checkout(), document));
        return Markdown.Parse(text).Descendants<MarkdownBlock>().Select(block => new CodeBlock(
            document, block.Line + 1, (block as FencedCodeBlock)?.Info ?? "", block.Lines.ToString(), IsMarked(block, text)));
    }

    private static bool IsMarked(Block block, string text) =>
        block.Parent is { } parent && parent.IndexOf(block) is > 0 and int place && parent[place - 1] is ParagraphBlock above && text.AsSpan(above.Span.Start).StartsWith(Mark, StringComparison.Ordinal);
}
