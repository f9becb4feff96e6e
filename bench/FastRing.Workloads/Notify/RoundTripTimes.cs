using System.Diagnostics;

namespace FastRing.Workloads.Notify;

/// <summary>Times of round trips, kept one by one up to a number.</summary>
internal sealed class RoundTripTimes
{
    private const int Kept = 1 << 20;

    private const int CountAt = Kept + 16;

    // With the count at its end, far from everything: objects of the device's thread may lie beside this one.
    private readonly long[] _ticks = new long[Kept + 32];

    private ref long Count => ref _ticks[CountAt];

    public void Clear() => Count = 0;

    /// <param name="ticks">In the unit of <see cref="Stopwatch.GetTimestamp"/>.</param>
    public void Add(long ticks)
    {
        ref long count = ref Count;
        if (count < Kept)
        {
            _ticks[count++] = ticks;
        }
    }

    /// <summary>The time that <paramref name="percent"/> of the round trips do not exceed, us; null when there were none.</summary>
    public double? Percentile(double percent) => Count == 0 ? null : Us(Sorted(), percent);

    /// <summary>All of them: from step to step half as many are left, up to the longest; null when there were none.</summary>
    public TimeCurve? Curve()
    {
        if (Count == 0)
        {
            return null;
        }

        long[] sorted = Sorted().ToArray();
        double[] percents = [0, .. Enumerable.Range(1, (int)Math.Log2(sorted.Length)).Select(step => 100 - (100 / Math.Pow(2, step))), 100];
        return new TimeCurve(percents, [.. percents.Select(percent => Us(sorted, percent))]);
    }

    private Span<long> Sorted()
    {
        Span<long> sorted = _ticks.AsSpan(0, (int)Count);
        sorted.Sort();
        return sorted;
    }

    private static double Us(ReadOnlySpan<long> sorted, double percent) => Math.Round(sorted[(int)((sorted.Length - 1) * percent / 100)] * 1e6 / Stopwatch.Frequency, 3);
}
