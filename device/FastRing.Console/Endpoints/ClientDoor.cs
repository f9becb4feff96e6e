using FastRing.Interop;
using FastRing.Workers;

namespace FastRing.Console.Endpoints;

/// <summary>Lets in whoever comes, some in a turn; or nobody for a while.</summary>
internal sealed class ClientDoor : WorkItem, IReadyHandler, IDisposable
{
    private const int ClientsATurn = 16;
    private const int Backlog = 256;
    private static readonly TimeSpan RetryAfter = TimeSpan.FromMilliseconds(100);

    private readonly UnixDoor _door;
    private Worker? _worker;
    private IEndpointObserver? _observer;
    private Action<Arrival>? _admit;
    private Func<bool>? _mayEnter;
    private WatchedFd? _watch;
    private bool _retries;
    private bool _disposed;

    /// <exception cref="LinuxException">The path is taken, or its directory is missing.</exception>
    public ClientDoor(string path, PeerAllowList? allowed, int? mode) => _door = new UnixDoor(path, allowed, mode, Backlog);

    public string Path => _door.Path;

    /// <summary>Opens.</summary>
    /// <param name="worker">Whose loop it lives in.</param>
    /// <param name="observer">Told of trouble.</param>
    /// <param name="admit">Given everybody who comes.</param>
    /// <param name="mayEnter">Whether one more may be let in: the others wait in the backlog, until <see cref="Look"/>. Null: always.</param>
    public void Open(Worker worker, IEndpointObserver observer, Action<Arrival> admit, Func<bool>? mayEnter = null)
    {
        (_worker, _observer, _admit, _mayEnter) = (worker, observer, admit, mayEnter);
        _watch = worker.Watch(_door.Fd, EpollEvents.In | EpollEvents.EdgeTriggered, this);
    }

    /// <summary>Somebody may be let in again.</summary>
    public void Look() => _worker!.Schedule(this);

    public void OnReady(EpollEvents events) => Look();

    void IReadyHandler.OnFault(Exception fault) => OnFault(fault);

    public void Dispose()
    {
        _disposed = true;
        _watch?.Dispose();
        _door.Dispose();
    }

    /// <inheritdoc/>
    protected override bool Run()
    {
        try
        {
            for (int left = ClientsATurn; left > 0; left--)
            {
                if (_disposed || _mayEnter?.Invoke() == false || _door.Accept() is not { } arrival)
                {
                    return false;
                }

                _admit!(arrival);
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
