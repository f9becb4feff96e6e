using System.Diagnostics;
using FastRing.Interop;

namespace FastRing.Workloads.Notify;

/// <summary>
/// So many buffers a second, whether or not others came back. Sleeps until the next is due or it is notified; what became due meanwhile is offered
/// together. Buffers are taken back when it is notified, as a guest's interrupt handler does, not when others are offered: a round trip begins
/// when the buffer is offered and ends there.
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
            Offer(driver, Stopwatch.GetTimestamp());
            if (IsNotified(epoll, driver))
            {
                do
                {
                    buffers += Take(driver, times);
                }
                while (!driver.MaySleep());
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

        driver.MaySleep(); // Nothing is under way: asks to be notified of the first.
        _due = Stopwatch.GetTimestamp();
        _end = _due + (long)(time.TotalSeconds * Stopwatch.Frequency);
    }

    /// <summary>Offers what is due by now; what the ring has no room for stays due.</summary>
    private void Offer(EchoDriver driver, long now)
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
    }

    private int Take(EchoDriver driver, RoundTripTimes times)
    {
        long now = Stopwatch.GetTimestamp();
        int taken = 0;
        for (int slot; (slot = driver.Take()) >= 0; taken++)
        {
            _free.Push(slot);
            times.Add(now - _offered[slot]);
        }

        return taken;
    }

    /// <summary>Sleeps until the next buffer is due.</summary>
    /// <returns>True when it was notified before.</returns>
    private bool IsNotified(Epoll epoll, EchoDriver driver)
    {
        Span<EpollReady> ready = stackalloc EpollReady[1];
        bool mayOffer = _due < _end && _free.Count > 0;
        long left = mayOffer ? Math.Max(_due - Stopwatch.GetTimestamp(), 0) * 1_000_000_000 / Stopwatch.Frequency : -1;
        if (epoll.WaitNanoseconds(ready, left) == 0)
        {
            return false;
        }

        driver.Call.Drain();
        return true;
    }
}
