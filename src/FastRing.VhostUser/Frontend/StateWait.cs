using FastRing.Interop;

namespace FastRing.VhostUser.Frontend;

/// <summary>Waits for one end of a pipe, made non-blocking for it.</summary>
internal sealed class StateWait : IDisposable
{
    private readonly Epoll _epoll = new();
    private readonly TimeSpan _timeout;

    public StateWait(OwnedFd fd, EpollEvents events, TimeSpan timeout)
    {
        _timeout = timeout;
        fd.SetNonBlocking();
        _epoll.Add(fd, events, 0);
    }

    /// <returns>False: it took too long.</returns>
    public bool IsReady()
    {
        Span<EpollReady> ready = stackalloc EpollReady[1];
        return _epoll.WaitThrough(ready, (int)_timeout.TotalMilliseconds) > 0;
    }

    public void Dispose() => _epoll.Dispose();
}
