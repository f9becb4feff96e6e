namespace FastRing.Console.Endpoints.Resumable;

/// <summary>A session, and how far it has come. Positions count its bytes, each way from 0.</summary>
internal sealed class ResumableSession
{
    private ulong _committed;
    private ulong _acknowledged;

    public ResumableSession(Guid id) => Id = id;

    public Guid Id { get; }

    /// <summary>Why it began.</summary>
    public SessionChange Change { get; init; } = SessionChange.New;

    /// <summary>The session its client knew before; empty: none.</summary>
    public Guid Predecessor { get; init; }

    /// <summary>How that one ended; null: nobody knows.</summary>
    public EndedSession? Ended { get; init; }

    /// <summary>Its client has said something that shows that it knows of it. Until then it may come again as if it did not.</summary>
    public bool IsKnown { get; set; }

    /// <summary>The guest's driver it is with; null: the next one that is seen.</summary>
    public uint? Guest { get; set; }

    /// <summary>The guest has its buffers back up to here: what it offers begins here.</summary>
    public ulong Taken { get; set; }

    /// <summary>The client has everything up to here. Any thread.</summary>
    public ulong Acknowledged
    {
        get => Volatile.Read(ref _acknowledged);
        set => Volatile.Write(ref _acknowledged, value);
    }

    /// <summary>This client was sent everything up to here.</summary>
    public ulong Sent { get; set; }

    /// <summary>No client ever was sent anything from here on.</summary>
    public ulong MostSent { get; set; }

    /// <summary>The guest has everything up to here that the client sent. Any thread.</summary>
    public ulong Committed
    {
        get => Volatile.Read(ref _committed);
        set => Volatile.Write(ref _committed, value);
    }

    /// <summary>Why a client can't go on with it that has, and knows, so much; null: it can.</summary>
    public SessionChange? WhyNot(ulong received, ulong committed) =>
        received > MostSent || committed > Committed ? SessionChange.Rewound
        : received < Acknowledged ? SessionChange.Behind
        : null;
}
