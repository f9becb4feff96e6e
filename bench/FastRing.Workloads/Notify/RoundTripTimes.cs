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
    public double? Percentile(int percent)
    {
        Span<long> sorted = _ticks.AsSpan(0, (int)Count);
        sorted.Sort();
        return sorted.IsEmpty ? null : Math.Round(sorted[(int)((sorted.Length - 1) * (long)percent / 100)] * 1e6 / Stopwatch.Frequency, 3);
    }
}
