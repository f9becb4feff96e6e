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
        if (_disposed || backend.IsConnected)
        {
            return;
        }

        try
        {
            _watch ??= backend.Worker.Watch(socket, EpollEvents.In, this);
        }
        catch (LinuxException e)
        {
            PutOff(e);
        }
    }

    public void OnReady(EpollEvents events)
    {
        if (TryAccept() is { } connected)
        {
            StopWatching();
            backend.Serve(connected);
        }
        else if (backend.TakesConnections && (events & EpollEvents.HangUp) != 0)
        {
            Dispose(); // Nobody is left to bring any.
        }
    }

    public void OnFault(Exception fault) => PutOff(fault);

    public void Dispose()
    {
        _disposed = true;
        StopWatching();
    }

    private OwnedFd? TryAccept()
    {
        try
        {
            return backend.TakesConnections ? ConnectionDoor.Take(socket) : UnixSocket.Accept(socket);
        }
        catch (LinuxException e)
        {
            PutOff(e);
            return null;
        }
    }

    /// <summary>Out of descriptors, say: more connections wait, so an epoll loop would spin.</summary>
    private void PutOff(Exception reason)
    {
        backend.Log.AcceptFailed(reason);
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
