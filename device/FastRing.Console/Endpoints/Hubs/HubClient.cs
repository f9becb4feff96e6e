using FastRing.Interop;
using FastRing.Workers;

namespace FastRing.Console.Endpoints.Hubs;

/// <summary>A client of a hub: its socket, and how far it has come in what the guest wrote.</summary>
internal sealed class HubClient : IReadyHandler, IDisposable
{
    private const EpollEvents Edges = EpollEvents.In | EpollEvents.Out | EpollEvents.PeerHangUp | EpollEvents.EdgeTriggered;

    // A client's backlog is the ring: what its socket holds besides is memory of its own.
    private const int SocketBytes = 64 * 1024;

    private readonly OwnedFd _socket;
    private readonly WatchedFd _watch;
    private readonly IHubClients _clients;

    /// <summary>Takes the socket over and watches it.</summary>
    /// <param name="worker">Whose loop it lives in.</param>
    /// <param name="socket">Connected, non-blocking.</param>
    /// <param name="who">For an audit.</param>
    /// <param name="position">Where it begins.</param>
    /// <param name="clients">Told when there is something to do.</param>
    /// <exception cref="LinuxException">It can't be watched; the socket is closed.</exception>
    public HubClient(Worker worker, OwnedFd socket, string who, long position, IHubClients clients)
    {
        (_socket, Who, Position, _clients) = (socket, who, position, clients);
        Place = new ClientLine.Place(this);
        try
        {
            UnixSocket.SetSendBuffer(socket, SocketBytes);
            _watch = worker.Watch(socket, Edges, this);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    public string Who { get; }

    /// <summary>Where it stands in a line, if it does.</summary>
    public ClientLine.Place Place { get; }

    /// <summary>Position of the next byte it is to get.</summary>
    public long Position { get; private set; }

    /// <summary>Its socket took what it was last given.</summary>
    public bool MayWrite { get; private set; } = true;

    /// <summary>A read may find something, or the end.</summary>
    public bool MayHaveInput { get; private set; } = true;

    /// <summary>It will send nothing any more.</summary>
    public bool HasEnded { get; private set; }

    /// <summary>It is gone; what it sent before may still be read.</summary>
    public bool IsGone { get; private set; }

    /// <summary>A serial port's guest waits for it.</summary>
    public bool IsWaitedFor { get; set; } = true;

    /// <summary>Where it was when the guest began to wait.</summary>
    public long Mark { get; set; }

    /// <summary>Gives its socket what it lacks.</summary>
    /// <returns>Bytes it took.</returns>
    public int Send(BroadcastRing ring, int most)
    {
        Span<IoVector> pieces = stackalloc IoVector[BroadcastRing.MostPieces];
        ReadOnlySpan<IoVector> lacking = ring.From(Position, most, pieces);
        nint written = _socket.WriteVector(lacking);
        if (written < 0)
        {
            MayWrite = false;
            IsGone |= written != -Errno.EAGAIN;
            return 0;
        }

        Position += written;
        return (int)written;
    }

    /// <summary>Its socket may have some room again although nobody said so.</summary>
    public void TryAgain() => MayWrite = true;

    /// <summary>Reads what it sent.</summary>
    /// <returns>Bytes read; 0: none now, or none any more.</returns>
    public nint Receive(ReadOnlySpan<IoVector> segments)
    {
        nint read = _socket.ReadVector(segments);
        if (read > 0)
        {
            return read;
        }

        if (read == -Errno.EFAULT)
        {
            return 0; // The guest's memory is gone; nothing is wrong at this end.
        }

        MayHaveInput = false;
        HasEnded |= read != -Errno.EAGAIN;
        IsGone |= read < 0 && read != -Errno.EAGAIN;
        return 0;
    }

    public void OnReady(EpollEvents events)
    {
        IsGone |= (events & (EpollEvents.HangUp | EpollEvents.Error)) != 0;
        MayHaveInput |= !HasEnded && (events & (EpollEvents.In | EpollEvents.PeerHangUp | EpollEvents.HangUp | EpollEvents.Error)) != 0;
        MayWrite |= (events & EpollEvents.Out) != 0;
        _clients.HasWork(this);
    }

    public void OnFault(Exception fault)
    {
        IsGone = HasEnded = true;
        _clients.HasWork(this);
    }

    /// <summary>Closes its socket.</summary>
    public void Dispose()
    {
        Place.Leave();
        _watch.Dispose();
        _socket.Dispose();
    }
}
