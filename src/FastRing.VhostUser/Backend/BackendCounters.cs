namespace FastRing.VhostUser.Backend;

/// <summary>What happened on a backend since it was made. Written on its worker; other threads may read at any time.</summary>
public sealed class BackendCounters
{
    private readonly ulong[] _rejected = new ulong[(int)RejectionReason.Refused + 1];

    /// <summary>Frontends that connected.</summary>
    public ulong Sessions { get; internal set; }

    /// <summary>Complete messages received, rejected ones included.</summary>
    public ulong Messages { get; internal set; }

    /// <summary>Rings that could not be set up or turned out malformed.</summary>
    public ulong BrokenQueues { get; internal set; }

    /// <summary>Connections ended because the file of their guest's memory had shrunk.</summary>
    public ulong LostMemories { get; internal set; }

    /// <summary>Used-buffer notifications sent.</summary>
    public ulong Notifications { get; internal set; }

    /// <summary>Translations of I/O virtual addresses asked for.</summary>
    public ulong IotlbMisses { get; internal set; }

    /// <summary>Translations the frontend told, refused ones apart.</summary>
    public ulong IotlbUpdates { get; internal set; }

    /// <summary>Invalidations of translations.</summary>
    public ulong IotlbInvalidations { get; internal set; }

    /// <summary>Times accept(2) failed and was put off.</summary>
    public ulong FailedAccepts { get; internal set; }

    /// <summary>Messages not obeyed, by reason.</summary>
    public ulong Rejected(RejectionReason reason) => Volatile.Read(ref _rejected[(int)reason]);

    internal void Reject(RejectionReason reason) => _rejected[(int)reason]++;
}
