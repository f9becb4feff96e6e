namespace FastRing.Queues;

/// <summary>What happened on a queue since it was made. Written by the thread that owns the queue; other threads may read it at any time.</summary>
public sealed class VirtqueueCounters
{
    /// <summary>Chains popped.</summary>
    public ulong Chains { get; internal set; }

    /// <summary>Chains popped that were an indirect table, in whole or in part.</summary>
    public ulong IndirectChains { get; internal set; }

    /// <summary>Batches of used buffers published.</summary>
    public ulong Publications { get; internal set; }

    /// <summary>Used-buffer notifications sent to the driver.</summary>
    public ulong Notifications { get; internal set; }

    /// <summary>Publications the driver did not want to be notified of.</summary>
    public ulong NotificationsSuppressed { get; internal set; }
}
