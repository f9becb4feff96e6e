using System.Text.RegularExpressions;
using FastRing.Native.Tests.Support;

namespace FastRing.Native.Tests.Embedding;

/// <summary>The code in docs/embedding.md is that of the example monitor and of these tests, line by line: what is compiled and run.</summary>
public sealed partial class GuideTests
{
    [Fact]
    public void What_the_guide_shows_is_code_that_is_run()
    {
        string[] folders = ["device/examples/FastRing.Examples.Vmm", "tests/FastRing.Native.Tests/Embedding"];
        string[] sources = [.. folders.SelectMany(folder => Directory.GetFiles(Path.Combine(PackedLibraries.Checkout, folder), "*.cs")).Select(file => Lines(File.ReadAllText(file)))];
        string guide = File.ReadAllText(Path.Combine(PackedLibraries.Checkout, "docs/embedding.md"));
        string[] shown = [.. Code().Matches(guide).Select(match => Lines(match.Groups[1].Value))];

        Assert.Equal(12, shown.Length);
        Assert.All(shown, code => Assert.Contains(sources, source => source.Contains(code, StringComparison.Ordinal)));
    }

    /// <summary>Whole lines, but for where they begin.</summary>
    private static string Lines(string text) => $"\n{string.Join('\n', text.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))}\n";

    [GeneratedRegex("```csharp\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex Code();
}
