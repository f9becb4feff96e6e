namespace FastRing.VhostUser.Backend;

/// <summary>How a handler left its request.</summary>
internal enum OutcomeKind
{
    /// <summary>Done; acknowledged when the frontend asked.</summary>
    Done,

    /// <summary>Done, and the reply's payload is written.</summary>
    Replied,

    /// <summary>Not done: it was well formed but can't be obeyed. The connection goes on.</summary>
    Refused,

    /// <summary>Not done: it contradicts itself. The connection ends.</summary>
    Malformed,
}

/// <summary>A handler's result; <paramref name="Detail"/> is for the log.</summary>
internal readonly record struct Outcome(OutcomeKind Kind, string Detail = "")
{
    public static Outcome Done => new(OutcomeKind.Done);

    public static Outcome Replied => new(OutcomeKind.Replied);

    public static Outcome Refused(string detail) => new(OutcomeKind.Refused, detail);

    public static Outcome Malformed(string detail) => new(OutcomeKind.Malformed, detail);
}
