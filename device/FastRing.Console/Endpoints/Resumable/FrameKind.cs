namespace FastRing.Console.Endpoints.Resumable;

/// <summary>What a frame of docs/resumable.md says.</summary>
internal enum FrameKind : byte
{
    /// <summary>The client's first: who it is, and what it has.</summary>
    Hello = 1,

    /// <summary>The answer, and whenever a session took another's place: which one it is, and from where it goes on.</summary>
    Session = 2,

    /// <summary>Bytes of the stream.</summary>
    Data = 3,

    /// <summary>Up to where the stream has arrived.</summary>
    Acknowledge = 4,

    /// <summary>The client ends the session.</summary>
    Bye = 5,

    /// <summary>The client is turned away: why, in words.</summary>
    Refused = 6,
}
