namespace FastRing.Client;

/// <summary>What ended a session.</summary>
public enum SessionEnd
{
    /// <summary>Nobody said: the daemon speaks of a reason this library does not know.</summary>
    Other = 0,

    /// <summary>A program in the guest closed the port. Everything it had sent was read.</summary>
    GuestClosed = 2,

    /// <summary>The guest was reset, or is another. What it had sent and was not read by then is lost.</summary>
    GuestReset = 3,

    /// <summary>The connection was down for longer than the daemon keeps a session.</summary>
    TimeOver = 4,

    /// <summary>A client said bye.</summary>
    Bye = 5,

    /// <summary>Another client took the port over.</summary>
    Replaced = 6,

    /// <summary>The daemon's user ended it.</summary>
    Disconnected = 7,

    /// <summary>The guest is back at an earlier moment: it was restored from a snapshot.</summary>
    Rewound = 8,

    /// <summary>The daemon has less of what was read acknowledged than this side, which should not be.</summary>
    Behind = 9,

    /// <summary>The daemon knows nothing of it: it was started anew, and had nothing to go on with.</summary>
    Unknown = 10,

    /// <summary>The daemon turned this client away, or was not to be reached for too long, or the channel was disposed of.</summary>
    Lost = 100,
}
