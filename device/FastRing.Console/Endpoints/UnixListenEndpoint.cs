using FastRing.Interop;

namespace FastRing.Console.Endpoints;

/// <summary>Listens on a unix socket: see <see cref="StreamListenEndpoint"/>.</summary>
public sealed class UnixListenEndpoint : StreamListenEndpoint
{
    private const int OwnersMode = 0x180;   // 0600
    private const int EverybodysMode = 0x1B6; // 0666

    private readonly UnixListener _listener;
    private readonly PeerAllowList? _allowed;

    /// <summary>Binds and listens.</summary>
    /// <param name="path">Path of the socket; '@' first: an abstract name, to which every local user may connect who is not kept out by <paramref name="allowed"/>.</param>
    /// <param name="allowed">Who may connect; null: whoever the file's mode lets in.</param>
    /// <param name="mode">The file's mode; null: 0600, or 0666 where there is a list, which then decides.</param>
    /// <exception cref="LinuxException">The path is taken, or its directory is missing.</exception>
    public UnixListenEndpoint(string path, PeerAllowList? allowed = null, int? mode = null)
        : this(path, new UnixListener(path, mode ?? (allowed is null ? OwnersMode : EverybodysMode)), allowed)
    {
    }

    private UnixListenEndpoint(string path, UnixListener listener, PeerAllowList? allowed)
        : base(path, listener.Fd) => (_listener, _allowed) = (listener, allowed);

    private protected override Arrival? Accept()
    {
        if (UnixSocket.Accept(_listener.Fd) is not { } socket)
        {
            return null;
        }

        try
        {
            var peer = LocalPeer.Of(socket);
            return new Arrival(socket, peer.ToString(), _allowed?.Allows(peer) == false ? PeerAllowList.WhyRefused : null);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private protected override void Close() => _listener.Dispose();
}
