using FastRing.Interop;
using FastRing.Workers;

namespace FastRing.VhostUser.Backend;

/// <summary>Where a ring's available-buffer notifications come from: a descriptor, or a timer when the frontend gave none.</summary>
internal sealed class KickSource(Worker worker, Vring ring) : IReadyHandler
{
    /// <summary>A frontend without a kick descriptor asks for polling. A timer bounds what that costs everybody else.</summary>
    private static readonly TimeSpan PollPeriod = TimeSpan.FromMilliseconds(1);

    private EventFd? _descriptor;
    private WatchedFd? _watch;
    private int _generation;
    private bool _polls;

    public bool IsSet => _descriptor is not null || _polls;

    /// <summary>Takes a descriptor, or null for polling; false (and closed) when it can't be waited for.</summary>
    public bool TrySet(OwnedFd? descriptor)
    {
        Clear();
        if (descriptor is null)
        {
            _polls = true;
            PollLater();
            return true;
        }

        try
        {
            _descriptor = EventFd.Adopt(descriptor);
            _watch = worker.Watch(_descriptor.Fd, EpollEvents.In, this);
            return true;
        }
        catch (LinuxException)
        {
            Clear();
            return false;
        }
    }

    /// <summary>Stops watching, then closes: in the other order another file could get the number while events still come for it.</summary>
    public void Clear()
    {
        _generation++;
        _polls = false;
        StopWatching();
        _descriptor?.Dispose();
        _descriptor = null;
    }

    public void OnReady(EpollEvents events)
    {
        int drained = _descriptor!.Drain();
        if (drained < 0 || (drained == 0 && (events & (EpollEvents.HangUp | EpollEvents.Error)) != 0))
        {
            StopWatching(); // At its end: it would be ready for ever.
        }

        if (drained > 0)
        {
            ring.Kick();
        }
    }

    public void OnFault(Exception fault) => ring.Fail(fault);

    private void StopWatching()
    {
        _watch?.Dispose();
        _watch = null;
    }

    private void PollLater()
    {
        int generation = _generation;
        worker.RunAfter(PollPeriod, () => Poll(generation));
    }

    private void Poll(int generation)
    {
        if (generation == _generation)
        {
            PollLater();
            ring.Kick();
        }
    }
}
