namespace FastRing.Perf.Comparing;

/// <summary>A loop, run as A and as B in pairs, each side first by turns.</summary>
internal sealed class LoopPairs(ComparedLoop loop)
{
    private const double LeastBytes = 0.1; // An object a message is 24 bytes; what the runtime allocates for itself is no message's.

    private readonly List<(LoopReading A, LoopReading B)> _pairs = [];

    public ComparedLoop Loop => loop;

    /// <summary>Runs it of each side once.</summary>
    public void Add(Func<LoopReading> a, Func<LoopReading> b)
    {
        bool aFirst = _pairs.Count % 2 == 0;
        LoopReading first = (aFirst ? a : b)();
        LoopReading second = (aFirst ? b : a)();
        _pairs.Add(aFirst ? (first, second) : (second, first));
    }

    /// <summary>What came of it: the figure, and memory where that was counted.</summary>
    /// <param name="confidence">How sure to be of the figure.</param>
    public IEnumerable<LoopComparison> Comparisons(double confidence)
    {
        // What crosses processors is slower by up to eight times while a hypervisor has them far apart: such pairs count only where there are not enough others.
        (LoopReading A, LoopReading B)[] near = [.. _pairs.Where(p => p.A.IsNear && p.B.IsNear)];
        (LoopReading A, LoopReading B)[] used = near.Length >= RatioInterval.LeastPairs(confidence) ? near : [.. _pairs];
        string far = used.Any(p => !p.A.IsNear || !p.B.IsNear) ? $", {NotifyRounds.Far}" : string.Empty;
        Verdict verdict = Verdict.Of([.. used.Select(p => (p.A.Value, p.B.Value))], Units.MoreIsBetter(used[0].A.Unit), confidence);
        yield return LoopComparison.Of(loop.Name + far, used[0].A.Unit, used.Select(p => p.A.Value), used.Select(p => p.B.Value), verdict);
        if (used.All(p => p.A.Bytes is not null && p.B.Bytes is not null))
        {
            double[] a = [.. used.Select(p => Math.Round(p.A.Bytes!.Value, 3))];
            double[] b = [.. used.Select(p => Math.Round(p.B.Bytes!.Value, 3))];
            yield return LoopComparison.Of(loop.Name, "B allocated/message", a, b, Verdict.OfCounts(a.Min(), b.Min(), LeastBytes));
        }
    }
}
