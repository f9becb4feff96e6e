using FastRing.Interop;
using FastRing.Workers;

namespace FastRing.Console.Endpoints.Resumable;

/// <summary>
/// Listens on a unix socket and speaks the protocol of docs/resumable.md with one client at a time, so that a session goes on over any number of connections,
/// and processes, without a byte lost or doubled. What the guest sends stays in its own buffers until the client has acknowledged it; what the client sends, it keeps
/// until it hears that the guest has it.
/// <para>
/// To the guest the port is open as long as there is a session: also while its client is away, but no longer than the time it has to come back. When the guest closes the port, the
/// session ends once all it had sent is acknowledged, and the next begins, with the same client.
/// </para>
/// </summary>
public sealed partial class ResumableEndpoint : WorkItem, IResumableEndpoint
{
    /// <summary>How long a client may be away, unless it is said.</summary>
    public static readonly TimeSpan DefaultResumeTime = TimeSpan.FromSeconds(60);

    private const int ReadsATurn = 32;

    // What a process that was killed had sent is not known. It was offered no more than this at once, and may have been in the middle of a long buffer.
    private const ulong MostUnknown = 1 << 20;

    private readonly ClientDoor _door;
    private readonly TimeSpan _resumeTime;
    private readonly GuestView _view = new();
    private readonly InboundBytes _inbound = new();
    private Worker? _worker;
    private IEndpointObserver? _observer;
    private WorkerTimer? _absence;
    private WorkerTimer? _handshakes;
    private ResumableSession? _session;
    private ResumableClient? _client;
    private bool _isEnding;     // The guest closed the port: what it had sent by then is the session's last.
    private int _fences;        // Closings of the port, of this session and those to come, up to which what was sent is told apart.
    private bool _awaitsOffer;  // It took its buffers away, and what it had sent is offered again.
    private bool _hasGuest;     // A guest has opened the port, or its session was recovered: from then on it is known which session there is.
    private bool _isDisposed;

    /// <summary>Binds and listens.</summary>
    /// <param name="path">Path of the socket; '@' first: an abstract name, to which every local user may connect who is not kept out by <paramref name="allowed"/>.</param>
    /// <param name="resumeTime">How long a client may be away before its session ends; null: <see cref="DefaultResumeTime"/>.</param>
    /// <param name="allowed">Who may connect; null: whoever the file's mode lets in.</param>
    /// <param name="mode">The file's mode; null: 0600, or 0666 where there is a list, which then decides.</param>
    /// <exception cref="LinuxException">The path is taken, or its directory is missing.</exception>
    public ResumableEndpoint(string path, TimeSpan? resumeTime = null, PeerAllowList? allowed = null, int? mode = null)
    {
        _resumeTime = resumeTime ?? DefaultResumeTime;
        _door = new ClientDoor(path, allowed, mode);
    }

    /// <summary>How long a client may take to say who it is.</summary>
    internal TimeSpan HelloTime { get; init; } = TimeSpan.FromSeconds(5);

    /// <inheritdoc/>
    public bool IsOpen => _session is not null;

    /// <inheritdoc/>
    public bool MayHaveInput => _session is not null && !_inbound.IsEmpty;

    /// <inheritdoc/>
    public string? Address => _door.Path;

    /// <inheritdoc/>
    public StreamPositions Session => _session is { } session ? new StreamPositions(session.Id, session.Taken, session.Committed) : default;

    /// <summary>Where its session stands; null: there is none. Any thread.</summary>
    public ResumableStatus? Status => Volatile.Read(ref _session) is { } session
        ? new ResumableStatus(session.Id, Volatile.Read(ref _client) is not null, session.Acknowledged, session.Committed)
        : null;

    /// <inheritdoc/>
    /// <exception cref="InvalidOperationException">It is a console's, whose guest does not wait for an acknowledgement.</exception>
    public void Start(Worker worker, IEndpointObserver observer)
    {
        if (observer.IsConsole)
        {
            throw new InvalidOperationException("a console's guest does not wait: only a serial port can be resumed");
        }

        (_worker, _observer) = (worker, observer);
        _absence = new WorkerTimer(worker, () => EndSession(SessionChange.TimeOver));
        _handshakes = new WorkerTimer(worker, Schedule);
        _door.Open(worker, observer, Arrived, () => _client is null);
        AwaitClient();
    }

    /// <inheritdoc/>
    public void Resume(in StreamPositions positions)
    {
        _hasGuest = true;
        CutOff();
        EndFences();
        if (positions.Id == Guid.Empty)
        {
            EndSession(SessionChange.Rewound);
            return;
        }

        Volatile.Write(ref _session, new ResumableSession(positions.Id)
        {
            IsKnown = true,
            Taken = positions.ToHost,
            Acknowledged = positions.ToHost,
            MostSent = positions.ToHost + MostUnknown,
            Committed = positions.ToGuest,
        });
        _inbound.BeginAt(positions.ToGuest);
        AwaitClient();
    }

    /// <inheritdoc/>
    public nint Write(ReadOnlySpan<IoVector> segments)
    {
        // It begins with the same byte each time, the first that was not taken, and may have come to more.
        if (_view.TrySet(segments))
        {
            _awaitsOffer = false;
            Schedule();
        }

        return 0;
    }

    /// <inheritdoc/>
    public nint Read(ReadOnlySpan<IoVector> segments)
    {
        nint read = (nint)_inbound.CopyTo(segments);
        _session!.Committed = _inbound.Start;
        Schedule(); // The client hears of it in a turn of our own: by then it is the guest's.
        return read;
    }

    /// <inheritdoc/>
    public void GuestOpenChanged(bool open)
    {
        _hasGuest |= open;
        if (!open && _session is not null)
        {
            GuestBuffersGone();
            _isEnding = true;
            _fences += _observer!.Buffers.Fence() ? 1 : 0;
        }

        Schedule();
    }

    /// <inheritdoc/>
    public void GuestBuffersGone()
    {
        _awaitsOffer |= _view.Bytes > 0;
        _view.Forget();
        _observer?.OutputPossible();
        Schedule();
    }

    /// <inheritdoc/>
    public void Disconnect()
    {
        if (_client is { } client)
        {
            Tell(client, new Refusal(RefusalReason.Disconnected, "the session was ended by the daemon's user"));
        }

        EndSession(SessionChange.Disconnected);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (!_isDisposed)
        {
            _isDisposed = true;
            _door.Dispose();
            _absence?.Clear();
            _handshakes?.Clear();
            _waiting.ForEach(w => w.Dispose());
            _waiting.Clear();
            _view.Forget();
            _client?.Dispose();
            _client = null;
            _session = null;
        }
    }

    /// <inheritdoc/>
    protected override bool Run()
    {
        if (_isDisposed)
        {
            return false;
        }

        LookAtGuest();
        MeetWaiting();
        bool more = _client is { } client && ReadFrames(client);
        TakeAcknowledged();
        if (_isEnding && IsDrained)
        {
            ReplaceSession(SessionChange.GuestClosed);
        }

        Send();
        return more;
    }

    /// <inheritdoc/>
    protected override void OnFault(Exception fault)
    {
        _observer!.Report($"{Address}: {fault}");
        CutOff();
    }

    /// <summary>The guest has its buffers back, all of them.</summary>
    private bool IsDrained => _view.Bytes == 0 && !_awaitsOffer && !_observer!.Buffers.HasOutput;

    private void Schedule() => _worker?.Schedule(this);

    private bool ReadFrames(ResumableClient client)
    {
        for (int i = 0; i < ReadsATurn; i++)
        {
            while (ReferenceEquals(client, _client) && client.Reader.TryNext(out FrameHeader header, out _))
            {
                if (Handle(client, header) is { } wrong)
                {
                    TurnAway(client, Refusal.Malformed(wrong));
                }
            }

            if (!ReferenceEquals(client, _client) || !Fill(client))
            {
                return false;
            }
        }

        return true;
    }

    private bool Fill(ResumableClient client)
    {
        if (client.Reader.Wrong is { } wrong)
        {
            TurnAway(client, Refusal.Malformed(wrong));
            return false;
        }

        bool wasEmpty = _inbound.IsEmpty;
        bool any = client.Reader.Fill(_inbound);
        if (wasEmpty && !_inbound.IsEmpty)
        {
            _observer!.InputPossible();
        }

        if (client.Reader.HasEnded)
        {
            CutOff();
        }

        return any;
    }

    /// <returns>What is wrong with the frame; null: nothing.</returns>
    private string? Handle(ResumableClient client, in FrameHeader header)
    {
        switch (header.Kind)
        {
            case FrameKind.Data:
                _session!.IsKnown = true;
                return WhyWrong(header);
            case FrameKind.Acknowledge:
                _session!.IsKnown = true;
                return Acknowledge(_session, header.Position);
            case FrameKind.Bye:
                EndSession(SessionChange.Bye);
                return null;
            default:
                return "a second hello";
        }
    }

    private string? WhyWrong(in FrameHeader data) =>
        data.Position != _inbound.End ? $"data at {data.Position} where {_inbound.End} is next"
        : _inbound.End + data.Length - _inbound.Start > InboundBytes.Window ? $"{data.Length} bytes of data at {data.Position}, of which the window of {InboundBytes.Window} has no room"
        : null;

    private static string? Acknowledge(ResumableSession session, ulong position)
    {
        if (position < session.Acknowledged || position > session.Sent)
        {
            return $"an acknowledgement of {position}, which is not between {session.Acknowledged} and {session.Sent}";
        }

        session.Acknowledged = position;
        return null;
    }

    /// <summary>The guest gets the buffers back whose bytes the client has.</summary>
    private void TakeAcknowledged()
    {
        if (_session is { } session && session.Acknowledged > session.Taken && _view.Bytes > 0)
        {
            ulong taken = Math.Min(session.Acknowledged - session.Taken, _view.Bytes);
            _view.Skip(taken);
            session.Taken += taken;
            _observer!.Buffers.Take((nuint)taken);
            if (session.Acknowledged > session.Taken && IsDrained)
            {
                EndSession(SessionChange.Rewound); // The client has bytes that this guest has not sent.
            }
        }
    }

    private void Send()
    {
        while (_client is { Writer: { MayWrite: true } writer } client)
        {
            if (writer.IsBetweenFrames && !Begin(client, writer))
            {
                return;
            }

            ResumableSession session = _session!;
            session.Sent += writer.Flush(_view, session.Sent - session.Taken);
            session.MostSent = Math.Max(session.MostSent, session.Sent);
            if (writer.HasFailed)
            {
                CutOff();
            }
            else if (!writer.MayWrite)
            {
                client.AwaitRoom();
            }
            else if (!writer.IsBetweenFrames)
            {
                _observer!.OutputPossible(); // The rest of a frame is in buffers that the guest took away, and offers again; the first time, perhaps not all of them.
                return;
            }
        }
    }

    /// <summary>Begins what there is to say.</summary>
    /// <returns>False: nothing.</returns>
    private bool Begin(ResumableClient client, FrameWriter writer)
    {
        ResumableSession session = _session!;
        if (client.Change is { } change)
        {
            EndedSession? ended = change == SessionChange.Resumed ? null : session.Ended;
            writer.Begin(session.Sent, new SessionFrame(session.Id, change, InboundBytes.Window, session.Committed, ended?.ToHost ?? 0, ended?.ToGuest ?? 0));
            client.Change = null;
            client.CommittedTold = session.Committed;
        }

        if (client.CommittedTold != session.Committed)
        {
            client.CommittedTold = session.Committed;
            writer.Begin(new FrameHeader(FrameKind.Acknowledge, 0, session.Committed));
        }

        ulong end = Math.Min(session.Taken + _view.Bytes, session.Acknowledged + client.Window);
        if (end > session.Sent)
        {
            writer.Begin(new FrameHeader(FrameKind.Data, (uint)Math.Min(end - session.Sent, FrameHeader.MostData), session.Sent));
        }

        return !writer.IsBetweenFrames;
    }
}
