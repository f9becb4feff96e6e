using System.Text.RegularExpressions;

namespace FastRing.EndToEnd.Documents;

/// <summary>Every command of a document is run by a test, or the document says that it is not.</summary>
public sealed partial class DocumentTests
{
    [Fact]
    public void Every_command_is_run_by_a_test_that_is_there()
    {
        DocumentedCommand[] commands = [.. DocumentedCommand.All];
        Assert.True(commands.Length > 40, $"only {commands.Length} commands are found");
        Assert.DoesNotContain(commands, c => c.Beginning is null);
        Assert.All(DocumentedCommand.Tests.Keys, beginning => Assert.Contains(commands, c => c.Beginning == beginning));
        string[] sources = [.. Directory.GetFiles(Path.Combine(Programs.Checkout(), "tests"), "*Tests.cs", SearchOption.AllDirectories).Select(File.ReadAllText)];
        Assert.All(DocumentedCommand.Tests.Values, test => Assert.Contains(sources, source => source.Contains($" {test}", StringComparison.Ordinal)));
    }

    [Fact]
    public void Every_block_is_of_a_kind_that_a_test_looks_at()
    {
        string[] kinds = ["", "json", "xml", "csharp", "c", "text", "sh"];
        Assert.All(CodeBlock.All, block => Assert.True(kinds.Contains(block.Language), $"{block}: {block.Language}"));
        CodeBlock[] unread = [.. CodeBlock.All.Where(b => b.Language == "json" && b.Document != "device/FastRing.Host/README.md").Except(CodeBlock.All.Select(b => b.Document).Distinct().SelectMany(Place.ConfigurationsOf))];
        Assert.Empty(unread); // Those of the program's README are what commands print: ReadmeTests of FastRing.Host.Tests.
        Assert.Single(CodeBlock.All, b => b.Language == "xml"); // LibvirtTests.
        Assert.All(CodeBlock.All.Where(b => b.Language == "sh"), b => Assert.Equal("docs/installing.md", b.Document)); // InstallingTests runs all of them.
    }

    [Fact]
    public void Every_link_leads_somewhere()
    {
        string[] documents = [.. CodeBlock.All.Select(b => b.Document).Append("ARCHITECTURE.md").Append("SECURITY.md").Append("CONTRIBUTING.md").Distinct()];
        foreach (string document in documents)
        {
            string file = Path.Combine(Programs.Checkout(), document);
            foreach (Match link in Link().Matches(File.ReadAllText(file)))
            {
                string target = link.Groups[1].Length > 0 ? Path.GetFullPath(Path.Combine(Path.GetDirectoryName(file)!, link.Groups[1].Value)) : file;
                Assert.True(Path.Exists(target), $"{document}: {link.Value}");
                if (link.Groups[2].Length > 0)
                {
                    Assert.True(Anchors(target).Contains(link.Groups[2].Value), $"{document}: {link.Value}");
                }
            }
        }
    }

    private static HashSet<string> Anchors(string file) => [.. File.ReadLines(file).Where(l => l.StartsWith('#'))
        .Select(l => Other().Replace(l.TrimStart('#').Trim().ToLowerInvariant(), "").Replace(' ', '-'))];

    [GeneratedRegex(@"\]\((?!https?:)([^)#\s]*)(?:#([^)\s]+))?\)")]
    private static partial Regex Link();

    [GeneratedRegex(@"[^\w\- ]")]
    private static partial Regex Other();
}
