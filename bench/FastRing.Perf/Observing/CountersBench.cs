using FastRing.Perf.Comparing;

namespace FastRing.Perf.Observing;

/// <summary>What the counters of a ring cost, which nothing turns off: loops of this commit beside those of a copy of it whose rings count nothing.</summary>
internal static class CountersBench
{
    private const string Name = "always-on counters";
    private const string Uncounted = "the same, nothing counted";

    private static readonly ComparedLoop[] s_loops =
        [.. ComparedLoop.All.Where(l => l is { Bench: "chains", Case: "split" or "packed" } or { Bench: "ring", Case: "split, two threads" } or { Bench: "port", Case: "pipe in place, 64 KiB" })];

    public static IReadOnlyList<Row> Run(int rounds, MachineState machine)
    {
        string commit = WorkTree.CommitOf("HEAD");
        using WorkTree without = WorkTree.Create("not counting", commit);
        using WorkTree with = WorkTree.Create("counting", commit);
        UncountedRings.Make(Path.Combine(without.Sources, UncountedRings.Folder));
        machine.Remarks.Add($"{Name}: loops of {commit[..10]}, and of a copy of it without the lines of {UncountedRings.Folder} that count, by turns.");
        WorkloadProgram a = without.Build(quick: false);
        WorkloadProgram b = with.Build(quick: false);
        using var countOfA = new Callgrind(without.Publish()); // All is built before anything is measured: what is missing is told at once.
        using var countOfB = new Callgrind(with.Publish());
        return [.. s_loops.Where(l => l.IsCounted).Select(Instructions), .. s_loops.Select(l => ObserveBench.Paired(Name, l, () => l.Run(a), () => l.Run(b), Uncounted, rounds, machine))];

        Row Instructions(ComparedLoop loop) =>
            Row.Of("observe", $"{Name}: {loop.Name}", "instructions/chain, NativeAOT", [countOfB.InstructionsPerChain(loop.Options)], Uncounted, [countOfA.InstructionsPerChain(loop.Options)]);
    }
}
