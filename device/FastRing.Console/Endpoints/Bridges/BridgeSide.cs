namespace FastRing.Console.Endpoints.Bridges;

/// <summary>
/// What one side of a bridge says, for the other's thread to see. It outlives the ports that take its place. Sessions are numbered: odd while the guest has the port
/// open, even while it has not; a position of a ring is written before the number that gives it a meaning.
/// </summary>
/// <param name="capacity">Bytes that may be under way from it.</param>
internal sealed class BridgeSide(int capacity)
{
    private BridgeEndpoint? _port;
    private long _sessionStart;
    private int _session;
    private long _heardAt;
    private int _heard;

    /// <summary>What its guest sends to the other side.</summary>
    public BridgeRing Output { get; } = new(capacity);

    /// <summary>The port that is there; null: none. Any thread.</summary>
    public BridgeEndpoint? Port => Volatile.Read(ref _port);

    /// <summary>Its present session. Any thread.</summary>
    public int Session => Volatile.Read(ref _session);

    /// <summary>The other side's session it has taken notice of last. Any thread.</summary>
    public int Heard => Volatile.Read(ref _heard);

    /// <summary>Where its output was when it did: what is before is for nobody of that session. Any thread that sees in <see cref="Heard"/> what it waited for.</summary>
    public long HeardAt => Volatile.Read(ref _heardAt);

    /// <summary>Takes the place, if it is free. Any thread.</summary>
    public bool TryTake(BridgeEndpoint port) => Interlocked.CompareExchange(ref _port, port, null) is null;

    /// <summary>Leaves the place: what the port has done is the next one's to go on with.</summary>
    public void Leave() => Volatile.Write(ref _port, null);

    /// <summary>Its guest opened or closed the port.</summary>
    public void NextSession()
    {
        _sessionStart = (_session & 1) == 0 ? Output.End : _sessionStart;
        Volatile.Write(ref _session, _session + 1);
    }

    /// <summary>Takes notice of the other side's session.</summary>
    public void Hear(int session)
    {
        Volatile.Write(ref _heardAt, Output.End);
        Volatile.Write(ref _heard, session);
    }

    /// <summary>The session, and where the output of the ones before it ends. Any thread.</summary>
    public (int Session, long Start) Look()
    {
        while (true)
        {
            int session = Volatile.Read(ref _session);
            long start = (session & 1) == 0 ? Output.End : Volatile.Read(ref _sessionStart);
            Interlocked.MemoryBarrier(); // The number is read again after the position, which it must still belong to.
            if (session == Volatile.Read(ref _session))
            {
                return (session, start);
            }
        }
    }
}
