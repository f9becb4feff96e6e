namespace FastRing.Workers;

/// <summary>Something whose work shows in memory, so that a worker can look instead of waiting for a notification. Worker thread only.</summary>
public interface IPolled
{
    /// <summary>From now on <see cref="Poll"/> is called over and over: notifications are no longer needed.</summary>
    void BeginPolling();

    /// <summary>Looks at memory, and does the work there is. Must not block; without work it must be quick and make no system call.</summary>
    /// <returns>True when there was work.</returns>
    bool Poll();

    /// <summary>
    /// Polling ends: asks for notifications again and then, what came in between having brought none, looks once more and does what there is.
    /// </summary>
    void EndPolling();

    /// <summary>One of the others threw: give up the smallest thing that can be given up. Must not throw.</summary>
    void OnFault(Exception fault);
}
