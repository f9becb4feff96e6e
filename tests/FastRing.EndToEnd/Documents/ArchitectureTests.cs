using System.Text.RegularExpressions;

namespace FastRing.EndToEnd.Documents;

/// <summary>What ARCHITECTURE.md names is there.</summary>
public sealed partial class ArchitectureTests
{
    private static readonly string s_document = File.ReadAllText(Path.Combine(Programs.Checkout(), "ARCHITECTURE.md"));

    private static readonly Lazy<string[]> s_files = new(() =>
    [
        .. ((string[])["src", "device", "interop"]).SelectMany(f => Directory.GetFiles(Path.Combine(Programs.Checkout(), f), "*.cs", SearchOption.AllDirectories)).Where(f => !f.Contains("/obj/", StringComparison.Ordinal)),
    ]);

    [Fact]
    public void Every_full_fence_is_in_the_table_of_fences()
    {
        string table = s_document[s_document.IndexOf("\n## Fences\n", StringComparison.Ordinal)..s_document.IndexOf("\n## Ports\n", StringComparison.Ordinal)];
        string[] fenced = [.. s_files.Value.Where(f => !f.Contains("/Hostile/", StringComparison.Ordinal) && File.ReadAllText(f).Contains("Interlocked.MemoryBarrier()", StringComparison.Ordinal)).Select(f => Path.GetFileNameWithoutExtension(f))];
        Assert.True(fenced.Length > 6, $"only {fenced.Length} are found");
        Assert.All(fenced, file => Assert.Contains($"`{file}`", table, StringComparison.Ordinal));
    }

    [Fact]
    public void Every_source_it_names_is_there()
    {
        string[] named = [.. Source().Matches(s_document).Select(m => m.Value).Distinct()];
        Assert.True(named.Length > 15, $"only {named.Length} are found");
        Assert.All(named, file => Assert.Contains(s_files.Value, f => f.EndsWith("/" + file, StringComparison.Ordinal)));
    }

    [GeneratedRegex(@"[\w./]+\.cs\b")]
    private static partial Regex Source();
}
