namespace FastRing.Workers;

/// <summary>How long a worker polls before it sleeps, after the example of Linux' <c>halt_poll_ns</c> (virt/kvm/kvm_main.c). Nanoseconds.</summary>
internal struct PollBudget
{
    private const long First = 10 * MonotonicClock.Microsecond;

    /// <summary>What it is now; 0: not at all.</summary>
    public long Nanoseconds { get; private set; }

    /// <summary>Work came out of a sleep, <paramref name="idle"/> after the last.</summary>
    public void Adapt(long idle, long max)
    {
        // Soon: a longer budget would have found it. Later than the longest: none would have; but one of many is no reason to give polling up,
        // least of all where work comes about as often as the longest lasts.
        Nanoseconds = idle <= max ? Math.Min(Math.Max(Nanoseconds * 2, First), max) : Nanoseconds >= 2 * First ? Nanoseconds / 2 : 0;
    }
}
