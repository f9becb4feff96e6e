using FastRing.Interop;
using FastRing.Workers;

namespace FastRing.VfioUser.Server;

/// <summary>Takes one client at a time from a listening socket. While one is served, the socket is not watched and others wait in its backlog.</summary>
internal sealed class ClientListener(VfioUserServer server, OwnedFd socket) : IReadyHandler, IDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);
    private WatchedFd? _watch;
    private bool _disposed;

    public void Resume()
    {
        if (_disposed || server.IsConnected)
        {
            return;
        }

        try
        {
            _watch ??= server.Worker.Watch(socket, EpollEvents.In, this);
        }
        catch (LinuxException e)
        {
            OnFault(e);
        }
    }

    public void OnReady(EpollEvents events)
    {
        if (UnixSocket.Accept(socket) is { } connected)
        {
            StopWatching();
            server.Serve(connected);
        }
    }

    /// <summary>Out of descriptors, say: more connections wait, so an epoll loop would spin.</summary>
    public void OnFault(Exception fault)
    {
        server.Log.AcceptFailed(fault);
        server.Counters.FailedAccepts++;
        StopWatching();
        server.Worker.RunAfter(Pause, Resume);
    }

    public void Dispose()
    {
        _disposed = true;
        StopWatching();
    }

    private void StopWatching()
    {
        _watch?.Dispose();
        _watch = null;
    }
}
