using FastRing.Interop;

namespace FastRing.Console.Endpoints;

/// <summary>Connects to a listening unix socket: see <see cref="StreamConnectEndpoint"/>.</summary>
public sealed class UnixConnectEndpoint : StreamConnectEndpoint
{
    private readonly PeerAllowList? _allowed;

    /// <summary>Connects when started.</summary>
    /// <param name="path">Path of the socket; '@' first: an abstract name, on which any local user may be listening.</param>
    /// <param name="allowed">Who may be listening; null: anybody.</param>
    /// <param name="delays">How long to wait before it connects again; null: <see cref="ReconnectDelays.Default"/>.</param>
    /// <exception cref="ArgumentException">No socket can have that path.</exception>
    public UnixConnectEndpoint(string path, PeerAllowList? allowed = null, ReconnectDelays? delays = null)
        : base(path, delays)
    {
        UnixSocket.ThrowIfInvalid(path);
        _allowed = allowed;
    }

    private protected override void Connect()
    {
        OwnedFd socket = UnixSocket.ConnectNonBlocking(Address);
        try
        {
            var peer = LocalPeer.Of(socket);
            if (_allowed?.Allows(peer) == false)
            {
                socket.Dispose();
                Observer!.ClientRefused(peer.ToString(), PeerAllowList.WhyRefused);
                Failed($"{peer} listens there, which is {PeerAllowList.WhyRefused}");
                return;
            }

            Connected(new HostStream(Worker!, socket, socket, Observer!, PeerLeft), peer.ToString());
        }
        catch (LinuxException)
        {
            socket.Dispose();
            throw;
        }
    }
}
