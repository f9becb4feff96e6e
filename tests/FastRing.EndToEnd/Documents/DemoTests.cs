namespace FastRing.EndToEnd.Documents;

/// <summary>The first command of the README.</summary>
[Collection(nameof(Alone))]
public sealed class DemoTests
{
    [Fact]
    public async Task The_demo_shows_what_the_README_says()
    {
        DocumentedCommand command = Assert.Single(DocumentedCommand.Of(nameof(The_demo_shows_what_the_README_says)));
        string[] arguments = command.Text[(command.Text.IndexOf("-- ", StringComparison.Ordinal) + 3)..].Split(' ');
        (int exit, string output, string error) = await Programs.TryRunAsync(Programs.FastRing, arguments);
        Assert.True(exit == 0, error);

        string shown = CodeBlock.All.First(b => b.Document == "README.md" && b.Language == "text").Text;
        Assert.Equal(Rows(shown), Rows(output));
    }

    /// <summary>The first column: what is in the second differs from run to run.</summary>
    private static string[] Rows(string table) => [.. table.Split('\n').Where(l => l.Contains('│', StringComparison.Ordinal)).Select(l => l.Split('│')[1].Trim())];
}
