using FastRing.DriverKit;
using FastRing.Memory;
using FastRing.Queues;
using FastRing.Spec;
using Xunit;

namespace FastRing.Tests.Queues;

/// <summary>When a device that has taken all looks again by itself. The clock and the timer are the test's own.</summary>
public sealed class PeriodicLookTests : INotificationTimer, IDisposable
{
    private const int Delay = 100_000; // ns
    private readonly QueuePair _pair = new(64, VirtioFeatures.Version1 | VirtioFeatures.EventIndex);
    private readonly ChainBatch _batch = new(64, ChainDirection.Readable);
    private long _now = 1_000_000_000;
    private long _due = long.MaxValue;
    private int _kicks;

    public PeriodicLookTests()
    {
        Queue.LookTimer = this;
        Queue.LookDelay = TimeSpan.FromMicroseconds(100);
        Drain();
    }

    long INotificationTimer.Now => _now;

    private Virtqueue Queue => _pair.Device;

    private ulong Looks => Queue.Counters.Looks;

    void INotificationTimer.Start(TimeSpan delay) => _due = _now + (delay.Ticks * 100);

    public void Dispose() => _pair.Dispose();

    [Fact]
    public void A_driver_that_sends_a_lot_is_looked_at_instead_of_asked_to_notify()
    {
        Send(1000, every: 10_000);

        Assert.InRange(_kicks, 16, 40);
        Assert.InRange(Looks, 60UL, 100UL);
        Finish(1000);
    }

    [Fact]
    public void When_it_sends_no_more_the_next_buffer_is_notified_of()
    {
        Send(1000, every: 10_000);
        Finish(1000);
        Pass(10 * Delay);
        Assert.Equal(long.MaxValue, _due);
        int kicks = _kicks;

        Send(1, every: 1);

        Assert.Equal(kicks + 1, _kicks);
        Finish(1001);
    }

    [Fact]
    public void One_that_sends_seldom_always_notifies()
    {
        Send(200, every: 2 * Delay);

        Assert.Equal((200, 0UL), (_kicks, Looks));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    [InlineData(16)]
    public void One_that_waits_for_what_it_sent_is_seldom_kept_waiting(int window)
    {
        const int Buffers = 40_000;
        long start = _now;
        for (int i = 0; i < Buffers / window; i++)
        {
            int taken = Taken();
            for (int k = 0; k < window; k++)
            {
                Offer();
            }

            for (int k = 0; k < 1000 && Taken() < taken + window; k++)
            {
                Pass(1000);
            }

            Pass(9_000); // Ten microseconds a window, without a look.
        }

        Assert.InRange(_now - start, 0, (long)(1.1 * 10_000 * Buffers / window));
    }

    [Fact]
    public void One_that_can_send_no_less_for_it_is_looked_at_for_good()
    {
        Send(20_000, every: 5_000);
        Assert.InRange(_kicks, 16, 100);
        Finish(20_000);
    }

    [Fact]
    public void Looked_at_by_chance_before_its_time_it_is_still_not_asked()
    {
        Send(400, every: 10_000);
        ulong looks = Looks;
        int kicks = _kicks;
        for (int i = 0; i < 9; i++)
        {
            Drain(); // Something else woke the device.
            Send(1, every: 1_000);
        }

        Assert.Equal(kicks, _kicks);
        Assert.InRange(Looks - looks, 9UL, 10UL);
        Finish(409);
    }

    [Fact]
    public void Without_a_delay_or_a_timer_it_is_always_asked()
    {
        Queue.LookDelay = TimeSpan.Zero;
        Send(100, every: 1_000);
        (Queue.LookDelay, Queue.LookTimer) = (TimeSpan.FromSeconds(1), null);
        Send(100, every: 1_000);
        Assert.Equal((200, 0UL), (_kicks, Looks));
    }

    [Fact]
    public void A_random_driver_loses_nothing()
    {
        var random = new Random(7);
        for (int i = 1; i <= 20_000; i++)
        {
            Send(1, every: random.Next(4) == 0 ? random.Next(5 * Delay) : random.Next(Delay / 10));
        }

        Finish(20_000);
        Assert.NotEqual(0UL, Looks);
    }

    private int Taken() => (int)Queue.Counters.Chains;

    /// <summary>After a while without anything new, all of it was seen.</summary>
    private void Finish(int sent)
    {
        Pass(5 * Delay);
        Assert.Equal(sent, Taken());
    }

    private void Send(int count, int every)
    {
        for (int i = 0; i < count; i++)
        {
            Offer();
            Pass(every);
        }
    }

    private void Offer()
    {
        while (_pair.Driver.TryTakeUsed(out _))
        {
        }

        if (!_pair.Driver.TryAdd(new DriverBuffer(default, 8), writable: false, 0))
        {
            Pass(Delay); // The ring is full: a driver waits.
            while (_pair.Driver.TryTakeUsed(out _))
            {
            }

            Assert.True(_pair.Driver.TryAdd(new DriverBuffer(default, 8), writable: false, 0), "nothing came back");
        }

        if (_pair.Driver.Publish())
        {
            _kicks++;
            Drain();
        }
    }

    private void Pass(long time)
    {
        long end = _now + time;
        while (_due <= end)
        {
            (_now, _due) = (_due, long.MaxValue);
            Drain();
        }

        _now = end;
    }

    private void Drain()
    {
        do
        {
            Queue.SuppressNotifications();
            while (Queue.Pop(_batch) > 0)
            {
                Queue.Complete(_batch, _batch.Count);
            }

            Queue.PublishAndNotify();
        }
        while (Queue.AwaitBuffers());
    }
}
