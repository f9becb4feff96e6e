using HdrHistogram;

namespace FastRing.Perf;

/// <summary>What so many percent of all times did not exceed: the percentiles of a HdrHistogram, closer together towards the longest.</summary>
/// <param name="Percents">From 0 to 100, ascending.</param>
/// <param name="Values">As many, in the row's unit.</param>
public sealed record PercentileCurve(IReadOnlyList<double> Percents, IReadOnlyList<double> Values)
{
    public const double NsPerUs = 1e3;
    public const double NsPerMs = 1e6;

    private const long MostNs = 120_000_000_000;
    private const int StepsToHalf = 2; // Of what is left to 100 %.

    /// <param name="times">In nanoseconds.</param>
    /// <param name="unitNs">The row's unit, in nanoseconds.</param>
    public static PercentileCurve Of(HistogramBase times, double unitNs)
    {
        (double Percent, double Value)[] steps = [.. times.Percentiles(StepsToHalf).Select(s => (Math.Round(s.PercentileLevelIteratedTo, 6), Math.Round(s.ValueIteratedTo / unitNs, 3)))];
        return new PercentileCurve([.. steps.Select(s => s.Percent)], [.. steps.Select(s => s.Value)]);
    }

    /// <summary>The times of several runs as one.</summary>
    public static PercentileCurve Of(IEnumerable<HistogramBase> runs, double unitNs)
    {
        LongHistogram all = Times();
        foreach (HistogramBase run in runs)
        {
            all.Add(run);
        }

        return Of(all, unitNs);
    }

    /// <summary>Times of up to two minutes in nanoseconds, to three digits.</summary>
    public static LongHistogram Times() => new(MostNs, 3);
}
