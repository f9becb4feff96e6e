using System.Net;
using FastRing.Console.Endpoints.Tls;
using FastRing.Interop;

namespace FastRing.Console.Endpoints;

/// <summary>
/// Listens on a TCP address: see <see cref="StreamListenEndpoint"/>. With TLS, a client is served once it has shown who it is; until then it keeps nobody from
/// being served.
/// </summary>
public sealed class TcpListenEndpoint : StreamListenEndpoint
{
    private const int MostHandshakes = 8;

    private readonly OwnedFd _listener;
    private readonly TlsIdentity? _tls;
    private readonly Queue<TlsPeer> _waiting = new(); // Let in, and to be served when the one before has left.
    private readonly CancellationTokenSource _closed = new();
    private int _handshakes;

    /// <summary>Binds and listens.</summary>
    /// <param name="address">Where; port 0: one the kernel chooses, which <see cref="StreamListenEndpoint.Address"/> then has.</param>
    /// <param name="tls">Certificates; null: plain TCP, for whoever can reach the address.</param>
    /// <exception cref="LinuxException">The address is taken, or not this machine's.</exception>
    /// <exception cref="ArgumentException">The certificates are no good.</exception>
    public TcpListenEndpoint(IPEndPoint address, TlsOptions? tls = null)
        : this(tls is null ? null : TlsIdentity.OfServer(tls), TcpSocket.Listen(address))
    {
    }

    private TcpListenEndpoint(TlsIdentity? tls, OwnedFd listener)
        : base(TcpSocket.LocalAddress(listener).ToString(), listener) => (_tls, _listener) = (tls, listener);

    private protected override bool MayEnter => MayServeAnother && _handshakes + _waiting.Count < MostHandshakes;

    private protected override Arrival? Accept()
    {
        // The same call for every kind of socket.
        if (UnixSocket.Accept(_listener) is not { } socket)
        {
            return null;
        }

        try
        {
            TcpSocket.SetUp(socket);
            return new Arrival(socket, TcpSocket.RemoteAddress(socket).ToString(), null);
        }
        catch (LinuxException)
        {
            // It has gone already, which is nothing to wait for: the next read finds its end.
            return new Arrival(socket, "a client that left at once", "gone");
        }
    }

    private protected override void Close()
    {
        _closed.Cancel();
        _listener.Dispose();
        while (_waiting.TryDequeue(out TlsPeer? peer))
        {
            peer.Dispose();
        }
    }

    private protected override void Enter(OwnedFd socket, string who)
    {
        if (_tls is null)
        {
            Serve(new HostStream(Worker!, socket, socket, Observer!, ClientLeft, lingers: true), who);
            return;
        }

        _handshakes++;
        TlsHandshake.Begin(Worker!, _tls, socket, who, HandshakeOver, _closed.Token);
    }

    private protected override bool ServeWaiting()
    {
        if (!MayServeAnother || !_waiting.TryDequeue(out TlsPeer? peer))
        {
            return false;
        }

        Serve(new TlsConnection(Worker!, peer.Stream, Observer!, ClientLeft), peer.Who);
        return true;
    }

    private void HandshakeOver(TlsPeer? peer, string who, string why)
    {
        _handshakes--;
        if (IsDisposed)
        {
            peer?.Dispose();
            return;
        }

        if (peer is null)
        {
            Observer!.ClientRefused(who, why);
        }
        else
        {
            _waiting.Enqueue(peer);
        }

        AcceptNext();
    }
}
