namespace FastRing.Tests.Torture;

/// <summary>
/// What one side rings and the other sleeps on: a counter. Sleeping is spinning, so that the two sides meet within nanoseconds
/// and not within the microseconds a processor takes to wake up.
/// </summary>
internal sealed class Bell
{
    private const long Awake = -1;

    private long _rings;
    private long _asleepSince = Awake;

    public long Rings => Volatile.Read(ref _rings);

    /// <summary>Times the sleeper slept.</summary>
    public long Sleeps { get; private set; }

    /// <summary>True when the sleeper sleeps and nothing rang since it looked: it sleeps until somebody rings.</summary>
    public bool IsSleeperAsleep => Volatile.Read(ref _asleepSince) == Rings;

    /// <summary>By the other side only.</summary>
    public void Ring() => Volatile.Write(ref _rings, _rings + 1);

    /// <summary>By the sleeper only: what it did before is visible to whoever sees it asleep.</summary>
    public void FallAsleep(long since)
    {
        Sleeps++;
        Volatile.Write(ref _asleepSince, since);
    }

    public void WakeUp() => Volatile.Write(ref _asleepSince, Awake);
}
