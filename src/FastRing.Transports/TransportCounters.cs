namespace FastRing.Transports;

/// <summary>What happened at a device's registers since it was made. Written on the device's worker; other threads may read at any time.</summary>
public sealed class TransportCounters
{
    /// <summary>Accesses that do nothing: where there is no register, of a width it does not have, or when the driver must not make them.</summary>
    public ulong IgnoredAccesses { get; internal set; }

    /// <summary>Times the driver wrote 0 to the device status, or the VMM reset the device.</summary>
    public ulong Resets { get; internal set; }

    /// <summary>Times the device came to need a reset.</summary>
    public ulong NeedsResets { get; internal set; }

    /// <summary>Queues that could not be set up or turned out malformed.</summary>
    public ulong BrokenQueues { get; internal set; }

    /// <summary>Available-buffer notifications of the driver.</summary>
    public ulong Kicks { get; internal set; }

    /// <summary>Used-buffer notifications that were due.</summary>
    public ulong Notifications { get; internal set; }

    /// <summary>What the device threw where it must not.</summary>
    public ulong Faults { get; internal set; }
}
