using Xunit;

namespace FastRing.Fuzz.Tests;

/// <summary>The bugs that fuzzers are checked with: they can be planted in the code as it is.</summary>
public sealed class PlantedBugTests
{
    private const int EachTarget = 5;

    [Fact]
    public void Every_planted_bug_fits_the_code_and_changes_it()
    {
        foreach (PlantedBug bug in PlantedBug.Read(Repository.Root))
        {
            string code = File.ReadAllText(Path.Combine(Repository.Root, bug.File));
            Assert.True(bug.Plant(code) is { } planted && planted != code, $"{bug.Target}, {bug.File}: there is no one '{bug.From}'");
        }
    }

    [Fact]
    public void Every_target_has_five()
    {
        IEnumerable<(string Target, int Count)> counts = PlantedBug.Read(Repository.Root).GroupBy(bug => bug.Target).Select(group => (group.Key, group.Count()));
        Assert.Equal(FuzzTargets.Names.Order().Select(name => (name, EachTarget)), counts.Order());
    }
}
