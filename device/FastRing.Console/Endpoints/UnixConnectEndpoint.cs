using FastRing.Interop;
using FastRing.Workers;

namespace FastRing.Console.Endpoints;

/// <summary>
/// Connects to a listening unix socket, and again when the connection ends; waits longer after each failure, 2 seconds at the most.
/// What the other side sent before it left is delivered, unless the guest has the port closed.
/// </summary>
public sealed class UnixConnectEndpoint : IHostEndpoint
{
    private static readonly TimeSpan FirstRetry = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan LastRetry = TimeSpan.FromSeconds(2);

    private readonly string _path;
    private Worker? _worker;
    private IEndpointObserver? _observer;
    private HostStream? _peer;
    private TimeSpan _retry = FirstRetry;
    private bool _reported;
    private bool _disposed;

    /// <summary>Connects when started.</summary>
    /// <param name="path">Path of the socket; '@' first: an abstract name.</param>
    /// <exception cref="ArgumentException">No socket can have that path.</exception>
    public UnixConnectEndpoint(string path)
    {
        UnixSocket.ThrowIfInvalid(path);
        _path = path;
    }

    /// <inheritdoc/>
    public bool IsOpen => _peer is not null;

    /// <inheritdoc/>
    public bool TakesOutput => _peer is { IsHungUp: false };

    /// <inheritdoc/>
    public bool MayHaveInput => _peer is { MayHaveInput: true };

    /// <inheritdoc/>
    public void Start(Worker worker, IEndpointObserver observer)
    {
        _worker = worker;
        _observer = observer;
        TryConnect();
    }

    /// <inheritdoc/>
    public nint Write(ReadOnlySpan<IoVector> segments) => _peer?.Write(segments) ?? 0;

    /// <inheritdoc/>
    public nint Read(ReadOnlySpan<IoVector> segments) => _peer?.Read(segments) ?? 0;

    /// <inheritdoc/>
    public void GuestOpenChanged(bool open) => ReconnectIfLeft();

    /// <inheritdoc/>
    public void Dispose()
    {
        _disposed = true;
        _peer?.Dispose();
        _peer = null;
    }

    private void TryConnect()
    {
        if (_disposed)
        {
            return;
        }

        try
        {
            OwnedFd socket = UnixSocket.ConnectNonBlocking(_path);
            _retry = FirstRetry;
            _reported = false;
            _peer = new HostStream(_worker!, socket, socket, _observer!, _ => ReconnectIfLeft());
            _observer!.HostOpenChanged();
        }
        catch (LinuxException e)
        {
            // Once an outage, and not for one that a restart of the other side explains.
            if (_retry == LastRetry && !_reported)
            {
                _reported = true;
                _observer!.Report($"{_path}: {e.Message}; trying again every {LastRetry.TotalSeconds:0} s");
            }

            RetryLater();
        }
    }

    private void RetryLater()
    {
        _worker!.RunAfter(_retry, TryConnect);
        _retry = _retry * 2 < LastRetry ? _retry * 2 : LastRetry;
    }

    private void ReconnectIfLeft()
    {
        if (_peer is { IsHungUp: true } peer && (peer.HasEnded || !_observer!.IsGuestOpen))
        {
            _peer = null;
            peer.Dispose();
            _observer!.HostOpenChanged();
            RetryLater();
        }
    }
}
