using System.Net;
using System.Net.Sockets;
using FastRing.Console.Endpoints.Tls;
using FastRing.Interop;
using FastRing.Workers;

namespace FastRing.Console.Endpoints;

/// <summary>Connects to a TCP address: see <see cref="StreamConnectEndpoint"/>. A name is looked up again each time, off the worker, and all its addresses are tried.</summary>
public sealed class TcpConnectEndpoint : StreamConnectEndpoint, IReadyHandler
{
    private static readonly TimeSpan LongestAttempt = TimeSpan.FromSeconds(10);

    private readonly string _host;
    private readonly int _port;
    private readonly TlsIdentity? _tls;
    private readonly CancellationTokenSource _closed = new();
    private WorkerTimer? _tooLong;
    private IPAddress[] _addresses = [];
    private int _next; // Of the addresses: the one to try.
    private OwnedFd? _socket; // On its way.
    private WatchedFd? _watch;

    /// <summary>Connects when started.</summary>
    /// <param name="host">A name or an address.</param>
    /// <param name="port">The port, 1 to 65535.</param>
    /// <param name="tls">Certificates; null: plain TCP.</param>
    /// <param name="delays">How long to wait before it connects again; null: <see cref="ReconnectDelays.Default"/>.</param>
    /// <exception cref="ArgumentException">The certificates are no good.</exception>
    public TcpConnectEndpoint(string host, int port, TlsOptions? tls = null, ReconnectDelays? delays = null)
        : base(host.Contains(':', StringComparison.Ordinal) ? $"[{host}]:{port}" : $"{host}:{port}", delays)
    {
        _host = host;
        _port = port;
        _tls = tls is null ? null : TlsIdentity.OfClient(tls, host);
    }

    /// <inheritdoc/>
    public void OnReady(EpollEvents events)
    {
        OwnedFd socket = _socket!;
        int errno = TcpSocket.PendingError(socket);
        if (errno != 0)
        {
            AttemptFailed(new LinuxException("connect", errno).Message);
            return;
        }

        Unwatch();
        _socket = null;
        Adopt(socket);
    }

    /// <inheritdoc/>
    public void OnFault(Exception fault) => AttemptFailed(fault.Message);

    private protected override void Connect()
    {
        if (IPAddress.TryParse(_host, out IPAddress? address))
        {
            Try([address]);
        }
        else
        {
            _ = Task.Run(LookUpAsync);
        }
    }

    private protected override void GiveUp()
    {
        _closed.Cancel();
        Unwatch();
        _socket?.Dispose();
        _socket = null;
    }

    private async Task LookUpAsync()
    {
        IPAddress[] found = [];
        string why = "no address";
        try
        {
            found = await Dns.GetHostAddressesAsync(_host, _closed.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException or ArgumentException)
        {
            why = e.Message;
        }

        Worker!.Post(() => LookedUp(found, why));
    }

    private void LookedUp(IPAddress[] found, string why)
    {
        if (IsDisposed)
        {
            return;
        }

        if (found.Length == 0)
        {
            Failed($"{_host}: {why}");
        }
        else
        {
            Try(found);
        }
    }

    private void Try(IPAddress[] addresses)
    {
        _addresses = addresses;
        _next = 0;
        TryNext();
    }

    private void TryNext()
    {
        try
        {
            _socket = TcpSocket.BeginConnect(new IPEndPoint(_addresses[_next++], _port));
            _tooLong ??= new WorkerTimer(Worker!, TooLong);
            _tooLong.Start(LongestAttempt);
            _watch = Worker!.Watch(_socket, EpollEvents.Out, this);
        }
        catch (LinuxException e)
        {
            AttemptFailed(e.Message);
        }
    }

    private void TooLong() => AttemptFailed($"no answer within {LongestAttempt.TotalSeconds:0} s");

    private void AttemptFailed(string why)
    {
        Unwatch();
        _socket?.Dispose();
        _socket = null;
        if (_next < _addresses.Length)
        {
            TryNext();
        }
        else
        {
            Failed(why);
        }
    }

    private void Unwatch()
    {
        _tooLong?.Clear();
        _watch?.Dispose();
        _watch = null;
    }

    private void Adopt(OwnedFd socket)
    {
        try
        {
            TcpSocket.SetUp(socket);
            string who = TcpSocket.RemoteAddress(socket).ToString();
            if (_tls is null)
            {
                Connected(new HostStream(Worker!, socket, socket, Observer!, PeerLeft, lingers: true), who);
            }
            else
            {
                TlsHandshake.Begin(Worker!, _tls, socket, who, HandshakeOver, _closed.Token);
            }
        }
        catch (LinuxException e)
        {
            socket.Dispose();
            Failed(e.Message);
        }
    }

    private void HandshakeOver(TlsPeer? peer, string who, string why)
    {
        if (IsDisposed)
        {
            peer?.Dispose();
        }
        else if (peer is null)
        {
            Observer!.ClientRefused(who, why);
            Failed(why);
        }
        else
        {
            Connected(new TlsConnection(Worker!, peer.Stream, Observer!, PeerLeft), peer.Who);
        }
    }
}
