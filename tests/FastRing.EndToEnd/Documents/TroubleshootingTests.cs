using System.Text.RegularExpressions;

namespace FastRing.EndToEnd.Documents;

/// <summary>What docs/troubleshooting.md says the programs say.</summary>
public sealed partial class TroubleshootingTests
{
    private static readonly string s_document = File.ReadAllText(Path.Combine(Programs.Checkout(), "docs/troubleshooting.md"));

    private static readonly Lazy<string[]> s_sources = new(() =>
    [
        .. ((string[])["src", "device"]).SelectMany(f => Directory.GetFiles(Path.Combine(Programs.Checkout(), f), "*.cs", SearchOption.AllDirectories))
            .Where(f => !f.Contains("/obj/", StringComparison.Ordinal)).Select(File.ReadAllText),
    ]);

    [Fact]
    public void Every_warning_and_error_of_the_log_is_explained_and_no_other()
    {
        string[] logged = [.. s_sources.Value.SelectMany(s => Logged().Matches(s)).Select(m => $"{m.Groups[1].Value} {m.Groups[2].Value}").Distinct().Order(StringComparer.Ordinal)];
        Assert.True(logged.Length > 30, $"only {logged.Length} are found");
        Assert.Equal(logged, LogRow().Matches(s_document).Select(m => $"{m.Groups[1].Value} {m.Groups[2].Value}").Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Every_sentence_of_a_command_or_the_log_is_one_that_a_program_says()
    {
        string[] said = [.. SayingRow().Matches(s_document).SelectMany(m => Quoted().Matches(m.Groups[1].Value)).Select(m => m.Groups[1].Value)];
        Assert.True(said.Length > 25, $"only {said.Length} sentences are found");
        Assert.DoesNotContain(said, sentence => !s_sources.Value.Any(source => source.Contains(sentence, StringComparison.Ordinal)));
    }

    [GeneratedRegex("""\[LoggerMessage\((\d+), LogLevel\.(?:Warning|Error|Critical), "([^"]*)"\)\]""")]
    private static partial Regex Logged();

    [GeneratedRegex(@"^\| (\d+) \| `([^`]+)` \|", RegexOptions.Multiline)]
    private static partial Regex LogRow();

    /// <summary>The second column of tables that begin with who says it.</summary>
    [GeneratedRegex(@"^\| (?:`fastring [a-z-]+`|log) \| ([^|]*) \|", RegexOptions.Multiline)]
    private static partial Regex SayingRow();

    /// <summary>But for what the system says.</summary>
    [GeneratedRegex("`([^`]+)`(?!¹)")]
    private static partial Regex Quoted();
}
