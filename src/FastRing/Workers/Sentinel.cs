using FastRing.Interop;

namespace FastRing.Workers;

/// <summary>
/// A thread that watches a worker's descriptors while the worker polls memory, so that the worker need not ask the kernel. It tells by a
/// flag, once each time it was armed. All members but <see cref="HasSeen"/>, which anybody may read, are the worker's.
/// </summary>
internal sealed class Sentinel : IDisposable
{
    private const ulong WatchedToken = 0;
    private const ulong EndToken = 1;
    private const int StackBytes = 128 * 1024;

    private readonly Epoll _watched;
    private readonly Epoll _epoll = new();
    private readonly EventFd _end = EventFd.Create();
    private readonly Thread _thread;
    private volatile bool _hasSeen;

    /// <summary>Starts the thread, which watches nothing yet.</summary>
    /// <param name="watched">The worker's descriptors: an epoll instance is ready while one of them is.</param>
    /// <param name="name">Name of the thread.</param>
    public Sentinel(Epoll watched, string name)
    {
        _watched = watched;
        _epoll.Add(watched.Fd, EpollEvents.OneShot, WatchedToken);
        _epoll.Add(_end.Fd, EpollEvents.In, EndToken);
        _thread = new Thread(Run, StackBytes) { Name = name, IsBackground = true };
        _thread.Start();
    }

    /// <summary>True from when a descriptor was ready until it is armed again.</summary>
    public bool HasSeen => _hasSeen;

    public bool IsArmed { get; private set; }

    /// <summary>Watches from now on; what is ready already counts.</summary>
    public void Arm()
    {
        // Before it is armed: what is seen from there on must not be forgotten. Seen late from the time before, it is a look for nothing.
        _hasSeen = false;
        IsArmed = true;
        _epoll.Modify(_watched.Fd, EpollEvents.In | EpollEvents.OneShot, WatchedToken);
    }

    /// <summary>The worker looks by itself again.</summary>
    public void Disarm()
    {
        // Once it has seen something it watches nothing, without a system call.
        if (!_hasSeen)
        {
            _epoll.Modify(_watched.Fd, EpollEvents.OneShot, WatchedToken);
        }

        IsArmed = false;
    }

    public void Dispose()
    {
        _end.Signal();
        _thread.Join();
        _epoll.Dispose();
        _end.Dispose();
    }

    private void Run()
    {
        Span<EpollReady> ready = stackalloc EpollReady[2];
        while (true)
        {
            int count = _epoll.Wait(ready, -1);
            for (int i = 0; i < count; i++)
            {
                if (ready[i].Token == EndToken)
                {
                    return;
                }

                _hasSeen = true;
            }
        }
    }
}
