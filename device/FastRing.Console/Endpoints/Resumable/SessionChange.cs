namespace FastRing.Console.Endpoints.Resumable;

/// <summary>Why a client is in the session it is told of: the numbers of docs/resumable.md. All but the first two say what ended the one before.</summary>
internal enum SessionChange : ushort
{
    /// <summary>It is the one it was in.</summary>
    Resumed = 0,

    /// <summary>It asked for a new one.</summary>
    New = 1,

    /// <summary>The guest closed the port; everything it had sent has arrived.</summary>
    GuestClosed = 2,

    /// <summary>The guest was reset, or is another: what it had sent and nobody had is lost.</summary>
    GuestReset = 3,

    /// <summary>The client was away for too long.</summary>
    TimeOver = 4,

    /// <summary>The client said bye.</summary>
    Bye = 5,

    /// <summary>Another client took its place.</summary>
    Replaced = 6,

    /// <summary>It was ended from this side.</summary>
    Disconnected = 7,

    /// <summary>The client has more than there was: the guest is back at an earlier moment.</summary>
    Rewound = 8,

    /// <summary>The client lacks what it had acknowledged.</summary>
    Behind = 9,

    /// <summary>Nothing is known of it here.</summary>
    Unknown = 10,
}
