using System.Diagnostics;

namespace FastRing.Workloads.Net;

/// <summary>
/// How long a polling device worked, as opposed to looked in vain. The clock (24 ns here) is read after each round that found
/// nothing, where there is time for it, and every <see cref="RoundsPerCheck"/> rounds that found something.
/// </summary>
/// <remarks>
/// A busy stretch is timed from the end of the empty round before it to the end of the one behind it; the shortest empty round ever
/// is taken off for the latter.
/// </remarks>
internal sealed class BusyTime(TimeSpan warmUp)
{
    private const int RoundsPerCheck = 256;

    private readonly long _warmUpTicks = (long)(warmUp.TotalSeconds * Stopwatch.Frequency);
    private bool _isWarm;
    private long _countedSince; // 0: nothing found yet.
    private long _checked = Stopwatch.GetTimestamp(); // When the clock was last read.
    private long _busyUntil;
    private long _busyTicks;
    private long _stretches;
    private long _emptyTicks = long.MaxValue; // The shortest empty round.
    private long _packets;
    private long _bytes;
    private long _batches;
    private int _roundsToCheck; // 0: no busy stretch.

    /// <summary>A round found something.</summary>
    public void Worked(int packets, long bytes)
    {
        _packets += packets;
        _bytes += bytes;
        _batches++;
        if (_roundsToCheck == 0)
        {
            _roundsToCheck = RoundsPerCheck;
        }
        else if (--_roundsToCheck == 0)
        {
            EndStretch(Stopwatch.GetTimestamp());
            _roundsToCheck = RoundsPerCheck;
        }
    }

    /// <summary>A round found nothing.</summary>
    public void Looked()
    {
        long now = Stopwatch.GetTimestamp();
        if (_roundsToCheck > 0)
        {
            EndStretch(now);
            _stretches++;
        }
        else
        {
            _emptyTicks = Math.Min(_emptyTicks, now - _checked);
        }

        _checked = now;
        _roundsToCheck = 0;
    }

    /// <summary>What was counted, from the first packet, or from the end of the warm-up.</summary>
    public NetResult Result(ulong features, long malformed, long tooLong)
    {
        long empty = _stretches == 0 ? 0 : _stretches * _emptyTicks;
        double busyNs = Math.Max(0, _busyTicks - empty) * 1e9 / Stopwatch.Frequency;
        return new NetResult(
            features, _packets, _bytes, _batches, malformed, tooLong,
            Math.Round(busyNs / Math.Max(1, _packets), 2), Math.Round((double)(_busyUntil - _countedSince) / Stopwatch.Frequency, 3));
    }

    private void EndStretch(long now)
    {
        if (_countedSince == 0)
        {
            _countedSince = _checked;
        }

        _busyTicks += now - _checked;
        _busyUntil = _checked = now;
        if (!_isWarm && now - _countedSince >= _warmUpTicks)
        {
            StartCounting(now);
        }
    }

    private void StartCounting(long now)
    {
        _isWarm = true;
        if (_warmUpTicks > 0)
        {
            _countedSince = now;
            _busyTicks = _stretches = _packets = _bytes = _batches = 0;
        }
    }
}
