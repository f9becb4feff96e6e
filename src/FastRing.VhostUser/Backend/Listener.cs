using FastRing.Interop;
using FastRing.Workers;

namespace FastRing.VhostUser.Backend;

/// <summary>Takes one frontend at a time from a listening socket. While one is served, the socket is not watched and others wait in its backlog.</summary>
internal sealed class Listener(VhostUserBackend backend, OwnedFd socket) : IReadyHandler, IDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);
    private WatchedFd? _watch;
    private bool _disposed;

    public void Resume()
    {
        if (!_disposed && !backend.IsServing)
        {
            _watch ??= backend.Worker.Watch(socket, EpollEvents.In, this);
        }
    }

    public void OnReady(EpollEvents events)
    {
        if (TryAccept() is { } connected)
        {
            StopWatching();
            backend.Serve(connected);
        }
    }

    public void OnFault(Exception fault)
    {
        backend.Log.AcceptFailed(fault);
        PutOff();
    }

    public void Dispose()
    {
        _disposed = true;
        StopWatching();
    }

    private OwnedFd? TryAccept()
    {
        try
        {
            return UnixSocket.Accept(socket);
        }
        catch (LinuxException e)
        {
            backend.Log.AcceptFailed(e);
            PutOff();
            return null;
        }
    }

    /// <summary>Out of descriptors, say: the connection still waits, so an epoll loop would spin.</summary>
    private void PutOff()
    {
        backend.Counters.FailedAccepts++;
        StopWatching();
        backend.Worker.RunAfter(Pause, Resume);
    }

    private void StopWatching()
    {
        _watch?.Dispose();
        _watch = null;
    }
}
