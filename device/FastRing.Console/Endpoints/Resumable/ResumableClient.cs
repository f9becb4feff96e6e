using FastRing.Interop;
using FastRing.Workers;

namespace FastRing.Console.Endpoints.Resumable;

/// <summary>A connection: who is at its other end, and the frames each way.</summary>
internal sealed class ResumableClient : IReadyHandler, IDisposable
{
    // Asked for room only after a write found none: a client that reads would wake the worker with each of its reads.
    private const EpollEvents Edges = EpollEvents.In | EpollEvents.PeerHangUp | EpollEvents.EdgeTriggered;

    private readonly WatchedFd _watch;
    private readonly Action _hasWork;

    /// <summary>Takes the socket over and watches it.</summary>
    /// <param name="worker">Whose loop it lives in.</param>
    /// <param name="socket">Connected, non-blocking.</param>
    /// <param name="who">For an audit.</param>
    /// <param name="hasWork">Called when there is something to do.</param>
    /// <exception cref="LinuxException">It can't be watched; the socket is closed.</exception>
    public ResumableClient(Worker worker, OwnedFd socket, string who, Action hasWork)
    {
        (Socket, Who, _hasWork) = (socket, who, hasWork);
        Reader = new FrameReader(socket);
        Writer = new FrameWriter(socket);
        try
        {
            _watch = worker.Watch(socket, Edges, this);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    public OwnedFd Socket { get; }

    public string Who { get; }

    public FrameReader Reader { get; }

    public FrameWriter Writer { get; }

    /// <summary>When it must have said who it is; once it has, how long it waits for a guest.</summary>
    public long Deadline { get; set; }

    /// <summary>What it has said of itself, and how far it has received; null: nothing yet.</summary>
    public (HelloFrame Said, ulong Received)? Hello { get; set; }

    /// <summary>It sends nothing any more, or is gone, which may be known before all it has sent is read.</summary>
    public bool HasLeft { get; private set; }

    /// <summary>Bytes it takes beyond what it has acknowledged.</summary>
    public uint Window { get; set; }

    /// <summary>How far it was told that the guest has what it sent.</summary>
    public ulong CommittedTold { get; set; }

    /// <summary>What it is to be told of its session; null: it was.</summary>
    public SessionChange? Change { get; set; }

    public void OnReady(EpollEvents events)
    {
        if ((events & EpollEvents.Out) != 0)
        {
            Writer.MayWrite = true;
            _watch.Change(Edges);
        }

        HasLeft |= (events & (EpollEvents.PeerHangUp | EpollEvents.HangUp)) != 0;
        _hasWork();
    }

    public void OnFault(Exception fault) => _hasWork();

    /// <summary>Its socket is full: there is work when it is not any more.</summary>
    public void AwaitRoom() => _watch.Change(Edges | EpollEvents.Out);

    /// <summary>Closes its socket.</summary>
    public void Dispose()
    {
        _watch.Dispose();
        Socket.Dispose();
    }
}
