using FastRing.Interop;
using FastRing.Workers;

namespace FastRing.Console.Endpoints.Hubs;

/// <summary>A listening socket that lets in everybody who comes, some in a turn.</summary>
internal sealed class HubDoor : WorkItem, IReadyHandler, IDisposable
{
    private const int ClientsATurn = 16;
    private const int Backlog = 256;
    private static readonly TimeSpan RetryAfter = TimeSpan.FromMilliseconds(100);

    private readonly UnixListener _listener;
    private Worker? _worker;
    private IEndpointObserver? _observer;
    private Action<OwnedFd>? _admit;
    private WatchedFd? _watch;
    private bool _retries;
    private bool _disposed;

    /// <exception cref="LinuxException">The path is taken, or its directory is missing.</exception>
    public HubDoor(string path)
    {
        Path = path;
        _listener = new UnixListener(path, backlog: Backlog);
    }

    public string Path { get; }

    /// <summary>Opens.</summary>
    /// <param name="worker">Whose loop it lives in.</param>
    /// <param name="observer">Told of trouble.</param>
    /// <param name="admit">Given each client's socket, which is its own from then on.</param>
    public void Open(Worker worker, IEndpointObserver observer, Action<OwnedFd> admit)
    {
        (_worker, _observer, _admit) = (worker, observer, admit);
        _watch = worker.Watch(_listener.Fd, EpollEvents.In | EpollEvents.EdgeTriggered, this);
    }

    public void OnReady(EpollEvents events) => _worker!.Schedule(this);

    void IReadyHandler.OnFault(Exception fault) => OnFault(fault);

    public void Dispose()
    {
        _disposed = true;
        _watch?.Dispose();
        _listener.Dispose();
    }

    /// <inheritdoc/>
    protected override bool Run()
    {
        try
        {
            for (int left = ClientsATurn; left > 0; left--)
            {
                if (_disposed || UnixSocket.Accept(_listener.Fd) is not { } socket)
                {
                    return false;
                }

                _admit!(socket);
            }

            return true;
        }
        catch (LinuxException e)
        {
            // Out of descriptors, most likely: the others stay in the backlog.
            _observer!.Report($"{Path}: {e.Message}");
            RetryLater();
            return false;
        }
    }

    /// <inheritdoc/>
    protected override void OnFault(Exception fault) => _observer!.Report($"{Path}: {fault.Message}");

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
        _worker!.Schedule(this);
    }
}
