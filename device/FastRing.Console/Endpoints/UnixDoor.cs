using FastRing.Interop;

namespace FastRing.Console.Endpoints;

/// <summary>A listening unix socket, and whom it is for.</summary>
internal sealed class UnixDoor : IDisposable
{
    private const int OwnersMode = 0x180;   // 0600
    private const int EverybodysMode = 0x1B6; // 0666

    private readonly UnixListener _listener;
    private readonly PeerAllowList? _allowed;

    /// <summary>Binds and listens.</summary>
    /// <param name="path">Path of the socket; '@' first: an abstract name, to which every local user may connect who is not kept out by <paramref name="allowed"/>.</param>
    /// <param name="allowed">Who may connect; null: whoever the file's mode lets in.</param>
    /// <param name="mode">The file's mode; null: 0600, or 0666 where there is a list, which then decides.</param>
    /// <param name="backlog">How many connections may wait to be accepted.</param>
    /// <exception cref="LinuxException">The path is taken, or its directory is missing.</exception>
    public UnixDoor(string path, PeerAllowList? allowed, int? mode, int backlog = 16)
    {
        Path = path;
        _allowed = allowed;
        _listener = new UnixListener(path, mode ?? (allowed is null ? OwnersMode : EverybodysMode), backlog);
    }

    public string Path { get; }

    /// <summary>How much the kernel holds of what a client has not read yet, in bytes: see <see cref="UnixSocket.SetSendBuffer"/>; null: as much as it likes.</summary>
    public int? SendBuffer { get; init; }

    public OwnedFd Fd => _listener.Fd;

    /// <summary>Takes one that waits; null: nobody does.</summary>
    /// <exception cref="LinuxException">It can't be taken now: see <see cref="UnixSocket.Accept"/>.</exception>
    public Arrival? Accept()
    {
        if (UnixSocket.Accept(_listener.Fd) is not { } socket)
        {
            return null;
        }

        try
        {
            if (SendBuffer is { } bytes)
            {
                UnixSocket.SetSendBuffer(socket, bytes);
            }

            var peer = LocalPeer.Of(socket);
            return new Arrival(socket, peer.ToString(), _allowed?.Allows(peer) == false ? PeerAllowList.WhyRefused : null);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    public void Dispose() => _listener.Dispose();
}
