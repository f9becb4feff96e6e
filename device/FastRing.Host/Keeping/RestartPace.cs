namespace FastRing.Host.Keeping;

/// <summary>
/// How long a keeper waits before it starts another worker. One that served for a while is replaced at once; what dies as soon as it lives, again and again, ever more seldom: a guest
/// that kills its worker by what it does costs the host no more than that.
/// </summary>
internal sealed class RestartPace
{
    private const int FreeDeaths = 3;
    private static readonly TimeSpan s_first = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan s_longest = TimeSpan.FromSeconds(10);

    /// <summary>A worker that served for so long was no failure.</summary>
    private static readonly TimeSpan s_life = TimeSpan.FromMilliseconds(100);

    /// <summary>After so long nothing of before counts.</summary>
    private static readonly TimeSpan s_longLife = TimeSpan.FromSeconds(10);

    private int _failures;

    /// <summary>How many have failed that were not made up for.</summary>
    public int Failures => _failures;

    /// <summary>A worker died.</summary>
    /// <param name="served">How long it had served; null: it never did.</param>
    /// <returns>How long to wait before the next.</returns>
    public TimeSpan Died(TimeSpan? served)
    {
        _failures = served >= s_longLife ? 0 : served >= s_life ? Math.Max(0, _failures - 1) : _failures + 1;
        int beyond = _failures - FreeDeaths;
        return beyond <= 0 ? TimeSpan.Zero : TimeSpan.FromTicks(Math.Min(s_longest.Ticks, s_first.Ticks << Math.Min(beyond - 1, 16)));
    }
}
