namespace FastRing.Console.Endpoints.Resumable;

/// <summary>Why a client is turned away, for programs: the numbers of docs/resumable.md.</summary>
internal enum RefusalReason : ulong
{
    /// <summary>What it sent does not follow the protocol.</summary>
    Malformed = 1,

    /// <summary>It speaks another version.</summary>
    Version = 2,

    /// <summary>Another client's session goes on, or no guest came that goes on with this one's.</summary>
    Busy = 3,

    /// <summary>It is not on the allow-list.</summary>
    NotAllowed = 4,

    /// <summary>It did not say who it is in time, or before others came.</summary>
    Late = 5,

    /// <summary>The session was ended from this side.</summary>
    Disconnected = 6,
}
