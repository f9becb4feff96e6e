using Xunit;

namespace FastRing.Fuzz.Tests;

/// <summary>What fuzzing has found worth keeping, run once more: nothing is found any more, and all that inputs are to come to is come to.</summary>
public sealed class CorpusTests
{
    private static string Corpus => Path.Combine(AppContext.BaseDirectory, "Corpus");

    public static TheoryData<string> Targets => [.. FuzzTargets.Names];

    [Theory]
    [MemberData(nameof(Targets))]
    public void The_corpus_of_a_target_holds_and_reaches_what_it_should(string name)
    {
        using FuzzTarget target = FuzzTargets.Create(name);
        foreach (string file in Directory.GetFiles(Path.Combine(Corpus, name)).Order())
        {
            Exception? finding = Record.Exception(() => target.Run(File.ReadAllBytes(file)));
            Assert.True(finding is null, $"{file}: {finding}");
        }

        Assert.Empty(Expected(name).Except(target.Reached));
    }

    [Fact]
    public void There_is_a_corpus_for_every_target_and_no_other() =>
        Assert.Equal(FuzzTargets.Names.Order(), Directory.GetDirectories(Corpus).Select(folder => Path.GetFileName(folder)).Order());

    [Theory]
    [MemberData(nameof(Targets))]
    public void The_same_input_comes_to_the_same(string name)
    {
        using FuzzTarget first = FuzzTargets.Create(name);
        using FuzzTarget second = FuzzTargets.Create(name);
        foreach (string file in Directory.GetFiles(Path.Combine(Corpus, name)).Order().Take(20))
        {
            first.Run(File.ReadAllBytes(file));
            second.Run(File.ReadAllBytes(file));
            Assert.Equal(first.Reached.Order(), second.Reached.Order());
        }
    }

    private static string[] Expected(string name) => name switch
    {
        _ => ["x"],
    };
}
