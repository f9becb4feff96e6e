using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;

namespace FastRing.Host.Tests;

/// <summary>What SECURITY.md and docs/limits.md say is shown by tests that there are.</summary>
public sealed partial class SecurityTests
{
    [Theory]
    [InlineData("SECURITY.md", 150)]
    [InlineData("docs/limits.md", 25)]
    public void Every_test_a_document_names_is_there(string document, int atLeast)
    {
        HashSet<string> tests = [.. Directory.GetFiles(InCheckout("tests"), "*.cs", SearchOption.AllDirectories).SelectMany(f => Methods().Matches(File.ReadAllText(f))).Select(m => m.Groups[1].Value)];
        string[] named = [.. Names().Matches(File.ReadAllText(InCheckout(document))).Select(m => m.Groups[1].Value).Distinct()];
        Assert.True(named.Length >= atLeast, $"only {named.Length} names are found in {document}");
        Assert.DoesNotContain(named, n => !tests.Contains(n));
    }

    [Fact]
    public void Every_row_of_the_threat_model_has_a_number_of_its_own_and_a_test()
    {
        string[] rows = [.. File.ReadLines(InCheckout("SECURITY.md")).Where(l => Row().IsMatch(l))];
        Assert.NotEmpty(rows);
        Assert.Equal(rows.Length, rows.Select(r => Row().Match(r).Value).Distinct().Count());
        Assert.All(rows, row => Assert.Matches(Names(), row.Split('|')[^2]));
    }

    private static string InCheckout(string path, [CallerFilePath] string here = "") => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "..", "..", path));

    /// <summary>A method that a test could be.</summary>
    [GeneratedRegex(@"public (?:async )?(?:static )?(?:void|Task) (\w+)\(")]
    private static partial Regex Methods();

    /// <summary>A sentence: constants of the specifications have fewer words.</summary>
    [GeneratedRegex(@"`(\w+(?:_\w+){3,})`")]
    private static partial Regex Names();

    [GeneratedRegex(@"^\| [a-z]+-\d+ \|")]
    private static partial Regex Row();
}
