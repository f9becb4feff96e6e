namespace FastRing.Client;

/// <summary>A session ended before the guest had everything that was written to it.</summary>
public sealed class SessionEndedException : IOException
{
    internal SessionEndedException(SessionEnded end)
        : base($"the session has ended ({end.Why}); the guest has {end.ToGuest} bytes of it") => End = end;

    /// <summary>How.</summary>
    public SessionEnded End { get; }
}
