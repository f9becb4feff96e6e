using FastRing.Interop;
using FastRing.Workers;

namespace FastRing.Console.Endpoints;

/// <summary>
/// Listens on a unix socket and serves one client at a time; the next waits in the backlog until it leaves. What a client sent
/// before it left is delivered, unless the guest has the port closed and another client comes.
/// </summary>
public sealed class UnixListenEndpoint : IHostEndpoint, IReadyHandler
{
    private static readonly TimeSpan RetryAfter = TimeSpan.FromMilliseconds(100);

    private readonly string _path;
    private readonly UnixListener _listener;
    private WatchedFd? _watch;
    private Worker? _worker;
    private IEndpointObserver? _observer;
    private HostStream? _client;
    private bool _mayAccept = true;
    private bool _retries;
    private bool _disposed;

    /// <summary>Binds and listens; the socket has mode 0600.</summary>
    /// <param name="path">Path of the socket; '@' first: an abstract name, to which every local user may connect.</param>
    /// <exception cref="LinuxException">The path is taken, or its directory is missing.</exception>
    public UnixListenEndpoint(string path)
    {
        _path = path;
        _listener = new UnixListener(path);
    }

    /// <inheritdoc/>
    public bool IsOpen => _client is not null;

    /// <inheritdoc/>
    public bool TakesOutput => _client is { IsHungUp: false };

    /// <inheritdoc/>
    public bool MayHaveInput => _client is { MayHaveInput: true };

    /// <inheritdoc/>
    public void Start(Worker worker, IEndpointObserver observer)
    {
        _worker = worker;
        _observer = observer;
        _watch = worker.Watch(_listener.Fd, EpollEvents.In | EpollEvents.EdgeTriggered, this);
    }

    /// <inheritdoc/>
    public nint Write(ReadOnlySpan<IoVector> segments) => _client?.Write(segments) ?? 0;

    /// <inheritdoc/>
    public nint Read(ReadOnlySpan<IoVector> segments) => _client?.Read(segments) ?? 0;

    /// <inheritdoc/>
    public void GuestOpenChanged(bool open) => AcceptNext();

    /// <inheritdoc/>
    public void OnReady(EpollEvents events)
    {
        _mayAccept = true;
        AcceptNext();
    }

    /// <inheritdoc/>
    public void OnFault(Exception fault) => _observer!.Report($"{_path}: {fault.Message}");

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_disposed)
        {
            return;
        }

        _disposed = true;
        _watch?.Dispose();
        _listener.Dispose();
        _client?.Dispose();
        _client = null;
    }

    private bool MayServeAnother => _client is null || (_client.IsHungUp && !_observer!.IsGuestOpen);

    private void AcceptNext()
    {
        if (_disposed || !_mayAccept || !MayServeAnother)
        {
            return;
        }

        try
        {
            OwnedFd? socket = UnixSocket.Accept(_listener.Fd);
            _mayAccept = socket is not null;
            if (socket is not null)
            {
                DropClient();
                Serve(socket);
            }
        }
        catch (LinuxException e)
        {
            // Out of descriptors, most likely: the client stays in the backlog.
            _observer!.Report($"{_path}: {e.Message}");
            RetryLater();
        }
    }

    private void DropClient()
    {
        if (_client is not null)
        {
            _client.Dispose();
            _client = null;
            _observer!.HostOpenChanged();
        }
    }

    private void RetryLater()
    {
        if (!_retries)
        {
            _retries = true;
            _worker!.RunAfter(RetryAfter, Retry);
        }
    }

    private void Retry()
    {
        _retries = false;
        AcceptNext();
    }

    private void Serve(OwnedFd socket)
    {
        _client = new HostStream(_worker!, socket, socket, _observer!, ClientLeft);
        _observer!.HostOpenChanged();
    }

    private void ClientLeft(HostStream client)
    {
        if (client.HasEnded && ReferenceEquals(client, _client))
        {
            _client = null;
            _observer!.HostOpenChanged();
        }

        AcceptNext();
    }
}
