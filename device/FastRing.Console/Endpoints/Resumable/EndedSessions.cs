namespace FastRing.Console.Endpoints.Resumable;

/// <summary>The last sessions that are over, for clients that come back to them.</summary>
internal sealed class EndedSessions
{
    private const int Most = 4;
    private readonly EndedSession?[] _sessions = new EndedSession?[Most];
    private int _next;

    public EndedSession Add(EndedSession session) => _sessions[_next++ % Most] = session;

    public EndedSession? Find(Guid id) => Array.FindLast(_sessions, s => s?.Session == id);
}
