using System.Diagnostics;
using FastRing.Interop;

namespace FastRing.Tests.Queues;

/// <summary>An eventfd one side sleeps on, in epoll, as real devices and drivers do.</summary>
internal sealed class Doorbell : IDisposable
{
    private readonly EventFd _fd = EventFd.Create();
    private readonly Epoll _epoll = new();
    private readonly EpollReady[] _ready = new EpollReady[1];

    public Doorbell() => _epoll.Add(_fd.Fd, EpollEvents.In, 1);

    public long Rings { get; private set; }

    public long Sleeps { get; private set; }

    public void Ring()
    {
        Rings++;
        _fd.Signal();
    }

    /// <summary>Sleeps until it rings.</summary>
    /// <exception cref="TimeoutException">It did not ring in a time in which it surely would have: a wake-up was lost.</exception>
    public void Wait(TimeSpan deadline, CancellationToken stop)
    {
        Sleeps++;
        long start = Stopwatch.GetTimestamp();
        while (_epoll.Wait(_ready, 200) == 0)
        {
            stop.ThrowIfCancellationRequested();
            if (Stopwatch.GetElapsedTime(start) > deadline)
            {
                throw new TimeoutException("nobody rang");
            }
        }

        _fd.Drain();
    }

    public void Dispose()
    {
        _epoll.Dispose();
        _fd.Dispose();
    }
}
