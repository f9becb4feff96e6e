using Xunit;

namespace FastRing.Fuzz.Tests;

/// <summary>What fuzzing has found worth keeping, run once more: nothing is found any more, and all that inputs are to come to is come to.</summary>
public sealed class CorpusTests
{
    /// <summary>What any ring of chains can come to.</summary>
    private static readonly string[] s_ofChains =
    [
        "None", "chain", "chain of several segments", "given back", "inspected",
        "ChainTooLong", "ReadableAfterWritable", "BufferNotMapped", "ChainTooLarge", "IndirectNotAllowed", "IndirectTableSize",
    ];

    private static string Corpus => Path.Combine(Repository.Root, "tests/FastRing.Fuzz/Corpus");

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
        "split-walker" => [.. s_ofChains, "AvailableIndexJumped", "HeadOutOfRange", "NextOutOfRange"],
        "packed-walker" => [.. s_ofChains, "BufferIdOutOfRange", "ChainNotAvailable", "RingOverrun"],
        "indirect" => [.. s_ofChains, "NextOutOfRange"],
        "event-index" => ["enabled", "kicked", "not kicked", "notified", "not notified"],
        "inflight" => ["came back", "killed", "killed while it began", "left", "put back", "forged: None", "forged: BadInflightRegion", "forged: InflightMismatch"],
        "dirty-log" => ["anything", "touched", "written", "not written"],
        "control-queue" => ["PortAdd", "PortRemove", "ConsolePort", "PortName", "PortOpen", "Resize", "too small", "added", "removed", "reset"],
        "message-stream" => ["Header", "PayloadSize", "DescriptorCount", "DescriptorsLost", "Payload", "UnknownRequest", "Refused", "replied", "started", "chain", "tracked"],
        "vfio-user" => ["Header", "PayloadSize", "DescriptorCount", "UnknownRequest", "Refused", "done", "error", "started", "chain", "interrupt", "ignored", "needs reset", "BufferNotMapped"],
        "memory-table" => ["table Done", "table Refused", "table Malformed", "added Done", "added Refused", "removed Done", "removed Refused", "translated"],
        "state-record" => ["magic", "device", "version", "length", "checksum", "section", "state", "loaded", "features", "port ", "control queue", "not loaded: features", "not loaded: max ports", "not loaded: port "],
        "resumable" => ["Hello", "Data", "Acknowledge", "Bye", "hello", "no hello", "wrong", "right", "window full"],
        "whole-device" => ["started", "refused: AreaMisaligned", "refused: BadBase", "AvailableIndexJumped", "HeadOutOfRange", "BufferNotMapped", "IndirectNotAllowed", "added", "removed", "reset"],
        _ => throw new ArgumentOutOfRangeException(nameof(name), name, "what it should reach is not said"),
    };
}
