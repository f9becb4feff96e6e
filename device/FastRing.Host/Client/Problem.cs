namespace FastRing.Host.Client;

/// <summary>Why the daemon, or this program, did not do what was asked (RFC 9457).</summary>
/// <param name="Title">What kind of problem, the same words each time.</param>
/// <param name="Detail">This time's, for people.</param>
/// <param name="Status">The HTTP status; null when it was not the daemon that said so.</param>
internal sealed record Problem(string? Title, string? Detail, int? Status)
{
    /// <summary>One line.</summary>
    public override string ToString() => (Detail, Title) switch
    {
        ({ Length: > 0 } detail, _) => detail,
        (_, { Length: > 0 } title) => title,
        _ => $"status {Status}",
    };
}
