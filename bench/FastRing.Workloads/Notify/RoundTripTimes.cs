using System.Diagnostics;

namespace FastRing.Workloads.Notify;

/// <summary>Times of round trips, kept one by one up to a number.</summary>
internal sealed class RoundTripTimes
{
    private const int Kept = 1 << 20;

    private readonly long[] _ticks = new long[Kept];
    private int _count;

    public void Clear() => _count = 0;

    /// <param name="ticks">In the unit of <see cref="Stopwatch.GetTimestamp"/>.</param>
    public void Add(long ticks)
    {
        if (_count < Kept)
        {
            _ticks[_count++] = ticks;
        }
    }

    /// <summary>The time that <paramref name="percent"/> of the round trips do not exceed, us; null when there were none.</summary>
    public double? Percentile(int percent)
    {
        Span<long> sorted = _ticks.AsSpan(0, _count);
        sorted.Sort();
        return _count == 0 ? null : Math.Round(sorted[(int)((_count - 1) * (long)percent / 100)] * 1e6 / Stopwatch.Frequency, 3);
    }
}
