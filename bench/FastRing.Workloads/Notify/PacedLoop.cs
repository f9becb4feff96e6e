using System.Diagnostics;
using FastRing.Interop;

namespace FastRing.Workloads.Notify;

/// <summary>
/// So many buffers a second, whether or not others came back. Sleeps until the next is due or it is notified; what became due while it slept
/// or worked is offered together. A round trip begins when the buffer is offered.
/// </summary>
/// <param name="perSecond">Buffers a second.</param>
internal sealed class PacedLoop(int perSecond) : IEchoLoop
{
    private readonly long _periodTicks = Stopwatch.Frequency / perSecond;
    private readonly Stack<int> _free = new();
    private long[] _offered = [];
    private long _due;
    private long _end;

    /// <inheritdoc/>
    public long Run(EchoDriver driver, TimeSpan time, RoundTripTimes times)
    {
        using var epoll = new Epoll();
        epoll.Add(driver.Call.Fd, EpollEvents.In, 0);
        Begin(driver, time);
        long buffers = 0;
        while (_due < _end || _free.Count < driver.Slots)
        {
            long now = Stopwatch.GetTimestamp();
            bool offered = Offer(driver, now);
            int taken = Take(driver, now, times);
            buffers += taken;
            if (!offered && taken == 0 && driver.MaySleep())
            {
                Sleep(epoll, driver);
            }
        }

        epoll.Remove(driver.Call.Fd);
        return buffers;
    }

    private void Begin(EchoDriver driver, TimeSpan time)
    {
        _offered = _offered.Length == driver.Slots ? _offered : new long[driver.Slots];
        _free.Clear();
        for (int slot = 0; slot < driver.Slots; slot++)
        {
            _free.Push(slot);
        }

        _due = Stopwatch.GetTimestamp();
        _end = _due + (long)(time.TotalSeconds * Stopwatch.Frequency);
    }

    /// <summary>Offers what is due by now; what the ring has no room for stays due.</summary>
    private bool Offer(EchoDriver driver, long now)
    {
        bool any = false;
        while (_due <= now && _due < _end && _free.TryPop(out int slot))
        {
            driver.Offer(slot);
            _offered[slot] = now;
            _due += _periodTicks;
            any = true;
        }

        if (any)
        {
            driver.Publish();
        }

        return any;
    }

    private int Take(EchoDriver driver, long now, RoundTripTimes times)
    {
        int taken = 0;
        for (int slot; (slot = driver.Take()) >= 0; taken++)
        {
            _free.Push(slot);
            times.Add(now - _offered[slot]);
        }

        return taken;
    }

    private void Sleep(Epoll epoll, EchoDriver driver)
    {
        Span<EpollReady> ready = stackalloc EpollReady[1];
        bool mayOffer = _due < _end && _free.Count > 0;
        long left = mayOffer ? Math.Max(_due - Stopwatch.GetTimestamp(), 0) * 1_000_000_000 / Stopwatch.Frequency : -1;
        if (epoll.WaitNanoseconds(ready, left) > 0)
        {
            driver.Call.Drain();
        }
    }
}
