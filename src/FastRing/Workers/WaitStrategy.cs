namespace FastRing.Workers;

/// <summary>
/// What a worker does while it has nothing to do. Immutable; given to <see cref="Worker.WaitStrategy"/>, at any time, from any thread.
/// <para>
/// Polling looks at the rings' memory over and over, so a buffer needs no notification to be seen, and costs a whole processor
/// for as long as it lasts. A worker polls only while it has something to poll (<see cref="Worker.AddPolled"/>): without, it sleeps.
/// </para>
/// </summary>
public sealed record WaitStrategy
{
    /// <summary>The longest budget <see cref="PollThenSleep"/> takes.</summary>
    public static readonly TimeSpan LongestBudget = TimeSpan.FromSeconds(1);

    private WaitStrategy(bool polls, bool sleeps, TimeSpan maxBudget)
    {
        Polls = polls;
        Sleeps = sleeps;
        MaxBudget = maxBudget;
    }

    /// <summary>Sleeps at once until a notification comes. What workers do unless told otherwise.</summary>
    public static WaitStrategy Sleep { get; } = new(polls: false, sleeps: true, TimeSpan.Zero);

    /// <summary>Never sleeps. While only rings have work, the worker's thread makes no system call.</summary>
    public static WaitStrategy Poll { get; } = new(polls: true, sleeps: false, Timeout.InfiniteTimeSpan);

    /// <summary>True when it ever polls.</summary>
    public bool Polls { get; }

    /// <summary>True when it ever sleeps.</summary>
    public bool Sleeps { get; }

    /// <summary>How long it polls at the most before it sleeps: zero for <see cref="Sleep"/>, infinite for <see cref="Poll"/>.</summary>
    public TimeSpan MaxBudget { get; }

    /// <summary>
    /// Polls for a while before it sleeps. How long adapts, as KVM's halt polling does: the budget doubles when work came soon after it was
    /// used up, and becomes nothing when no work came in <paramref name="maxBudget"/>.
    /// </summary>
    /// <param name="maxBudget">The most; above zero and at most <see cref="LongestBudget"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">It is not.</exception>
    public static WaitStrategy PollThenSleep(TimeSpan maxBudget)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(maxBudget, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(maxBudget, LongestBudget);
        return new(polls: true, sleeps: true, maxBudget);
    }
}
