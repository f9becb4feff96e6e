using FastRing.Interop;

namespace FastRing.Workers;

/// <summary>A file descriptor in a worker's epoll set. Worker thread only.</summary>
public sealed class WatchedFd : IDisposable
{
    private readonly Worker _worker;
    private readonly OwnedFd _fd;
    private readonly ulong _token;
    private bool _disposed;

    internal WatchedFd(Worker worker, OwnedFd fd, ulong token, EpollEvents events)
    {
        _worker = worker;
        _fd = fd;
        _token = token;
        Events = events;
    }

    /// <summary>What is waited for. <see cref="EpollEvents.HangUp"/> and <see cref="EpollEvents.Error"/> always are.</summary>
    public EpollEvents Events { get; private set; }

    /// <summary>Changes what is waited for; costs a system call only when it differs.</summary>
    public void Change(EpollEvents events)
    {
        if (events != Events && !_disposed)
        {
            _worker.Epoll.Modify(_fd, events, _token);
            Events = events;
        }
    }

    /// <summary>Stops waiting: no call comes any more, not even for an event already fetched. Do this before closing the descriptor.</summary>
    public void Dispose()
    {
        if (!_disposed)
        {
            _disposed = true;
            _worker.Unwatch(_fd, _token);
        }
    }
}
