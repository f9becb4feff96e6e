using FastRing.Workers;

namespace FastRing.Console.Ports;

/// <summary>
/// Holds something countable to so many a second: each unit takes its share of a second, and up to <see cref="Burst"/> may be taken ahead.
/// More can be spent than was there, because a buffer is not cut; it is paid for later.
/// </summary>
internal struct RateMeter
{
    /// <summary>How far ahead, in nanoseconds: over t seconds no more than t + 0.02 seconds' worth passes, and a buffer.</summary>
    public const long Burst = 20 * MonotonicClock.Millisecond;

    /// <summary>The longest it is paid for ahead: so that a sum of two never overflows.</summary>
    public const long Longest = long.MaxValue / 4;

    private const long Second = 1000 * MonotonicClock.Millisecond;

    private readonly long _perSecond;
    private long _paidUntil;

    /// <param name="perSecond">Units a second; 0: no limit.</param>
    public RateMeter(long perSecond) => _perSecond = perSecond;

    /// <summary>One that is paid for ahead already.</summary>
    public RateMeter(long perSecond, long ahead, long now)
        : this(perSecond) => _paidUntil = now + ahead;

    /// <summary>How far ahead it is paid for.</summary>
    public readonly long Ahead(long now) => Math.Clamp(_paidUntil - now, 0, Longest);

    /// <summary>When there is enough again to be worth a turn.</summary>
    public readonly long ReadyAt => _paidUntil - (Burst / 2);

    /// <summary>Units that may be spent now; not positive: none. Where there is any time left of the burst, at least one, however slow the rate.</summary>
    public readonly long Available(long now)
    {
        if (_perSecond == 0)
        {
            return long.MaxValue;
        }

        long left = now + Burst - Math.Max(_paidUntil, now);
        return left <= 0 ? 0 : (long)((((Int128)left * _perSecond) + Second - 1) / Second);
    }

    /// <summary>Units were spent.</summary>
    public void Spend(long units, long now)
    {
        if (_perSecond != 0)
        {
            Int128 cost = (((Int128)units * Second) + _perSecond - 1) / _perSecond;
            _paidUntil = (long)Int128.Min(Math.Max(_paidUntil, now) + cost, now + Longest);
        }
    }
}
