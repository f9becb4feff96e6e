namespace FastRing.Perf.Comparing;

/// <summary>Two commits, built and run side by side.</summary>
/// <param name="a">The one before.</param>
/// <param name="b">The one after.</param>
/// <param name="quick">With less time to warm up, and nothing compiled ahead of time.</param>
internal sealed class Comparison(WorkTree a, WorkTree b, bool quick)
{
    private const double Likelihood = 0.05; // That any of the figures is called faster or slower and is not.
    private const double CountSlack = 0.1; // Instructions of a chain: what is left of start-up.

    private readonly List<LoopComparison> _results = [];

    /// <summary>A commit beside itself shows what the machine makes of no difference. It builds to the same bytes.</summary>
    private bool IsSame => a.Commit == b.Commit;

    /// <summary>Runs the loops, each <paramref name="rounds"/> times of each commit.</summary>
    /// <exception cref="IOException">A commit does not build.</exception>
    /// <exception cref="OperationCanceledException">Nobody wants to know any more.</exception>
    public IReadOnlyList<LoopComparison> Run(IReadOnlyList<ComparedLoop> loops, int rounds, CancellationToken cancelled)
    {
        WorkloadProgram first = a.Build(quick);
        cancelled.ThrowIfCancellationRequested();
        WorkloadProgram second = IsSame ? first with { Name = b.Name } : b.Build(quick);
        LoopPairs[] pairs = [.. loops.Where(l => IsThere(l, first, second)).Select(l => new LoopPairs(l))];
        double confidence = 1 - (Likelihood / pairs.Length);
        if (RatioInterval.LeastPairs(confidence) is var least && rounds < least)
        {
            Progress.Say($"{rounds} rounds tell nothing of {pairs.Length} loops: it takes {least}");
        }

        for (int round = 0; round < rounds; round++)
        {
            foreach (LoopPairs loop in pairs)
            {
                cancelled.ThrowIfCancellationRequested();
                Progress.Say($"round {round + 1} of {rounds}, {loop.Loop.Name}");
                loop.Add(() => loop.Loop.Run(first), () => loop.Loop.Run(second));
            }
        }

        _results.AddRange(pairs.SelectMany(p => p.Comparisons(confidence)));
        if (!quick)
        {
            Count([.. pairs.Select(p => p.Loop).Where(l => l.IsCounted)], cancelled);
        }

        return _results;
    }

    /// <summary>Tries a loop on both sides, for a moment: an older commit may not have it.</summary>
    private bool IsThere(ComparedLoop loop, params WorkloadProgram[] programs)
    {
        foreach (WorkloadProgram program in programs)
        {
            try
            {
                loop.Run(program with { WarmSeconds = 0 });
            }
            catch (IOException e)
            {
                string[] said = e.Message.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
                _results.Add(LoopComparison.Lacking(loop.Name, $"{program.Name} can't run it: {said[0][(said[0].LastIndexOf(": ", StringComparison.Ordinal) + 1)..].Trim()}"));
                return false;
            }
        }

        return true;
    }

    private void Count(ComparedLoop[] loops, CancellationToken cancelled)
    {
        if (loops.Length == 0)
        {
            return;
        }

        WorkloadProgram before = a.Publish();
        using var first = new Callgrind(before);
        using var second = new Callgrind(IsSame ? before : b.Publish());
        foreach (ComparedLoop loop in loops)
        {
            cancelled.ThrowIfCancellationRequested();
            Progress.Say($"counting instructions, {loop.Name}");
            double ofFirst = first.InstructionsPerChain(loop.Options);
            double ofSecond = second.InstructionsPerChain(loop.Options);
            _results.Add(LoopComparison.Of(loop.Name, "instructions/chain, NativeAOT", [ofFirst], [ofSecond], Verdict.OfCounts(ofFirst, ofSecond, CountSlack)));
        }
    }
}
