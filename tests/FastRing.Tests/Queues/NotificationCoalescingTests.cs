using FastRing.DriverKit;
using FastRing.Memory;
using FastRing.Queues;
using FastRing.Spec;
using Xunit;

namespace FastRing.Tests.Queues;

/// <summary>When the driver is notified. The timer is the test's own, so time passes when it says so.</summary>
public class NotificationCoalescingTests : INotifier, INotificationTimer, IDisposable
{
    private static readonly TimeSpan s_delay = TimeSpan.FromMicroseconds(50);
    private readonly QueuePair _pair = new(64, VirtioFeatures.Version1);
    private readonly ChainBatch _batch = new(64, ChainDirection.Readable);
    private int _notified;
    private TimeSpan? _timer;
    private long _now = 1_000_000_000;

    public NotificationCoalescingTests()
    {
        Queue.Notifier = this;
        Queue.NotificationTimer = this;
    }

    private Virtqueue Queue => _pair.Device;

    void INotifier.Notify() => _notified++;

    long INotificationTimer.Now => _now;

    void INotificationTimer.Start(TimeSpan delay) => _timer = delay;

    public void Dispose()
    {
        _pair.Dispose();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public void Immediate_is_the_default_and_notifies_at_every_publication()
    {
        Assert.Same(NotificationCoalescing.Immediate, Queue.Coalescing);
        Assert.Equal([1, 2, 3], Notified(Use(1), Use(5), Use(1)));
        Assert.Null(_timer);
    }

    [Fact]
    public void By_count_the_driver_is_notified_of_so_many_buffers_at_a_time()
    {
        Queue.Coalescing = NotificationCoalescing.ByCount(4);
        Assert.Equal([0, 0, 1, 1, 2], Notified(Use(1), Use(2), Use(1), Use(3), Use(20)));
        Assert.Equal(NotificationCoalescing.DefaultDelay, _timer);
        Assert.Equal(3UL, Queue.Counters.NotificationsHeld);
    }

    [Fact]
    public void Used_buffers_are_shown_at_once_whatever_the_policy()
    {
        Queue.Coalescing = NotificationCoalescing.ByCount(30);
        Use(3)();
        Assert.Equal((3, 0), (TakeUsed(), _notified));
    }

    [Fact]
    public void What_is_held_is_decided_when_the_time_is_over()
    {
        Queue.Coalescing = NotificationCoalescing.ByTime(s_delay);
        Assert.Equal([0, 0, 1, 1], Notified(Use(1), Use(5), Expire, Use(1)));
        Assert.Equal(s_delay, _timer);
    }

    [Fact]
    public void The_time_is_counted_from_the_first_buffer_held()
    {
        Queue.Coalescing = NotificationCoalescing.ByCountOrTime(4, s_delay);
        Use(1)();
        _timer = null;
        Use(1)();
        Assert.Null(_timer);
        Use(2)(); // That was all of them.
        Assert.Equal(1, _notified);
        Use(1)();
        Assert.Equal((s_delay, 1), (_timer, _notified));
    }

    [Fact]
    public void A_driver_that_wants_no_notification_when_it_is_decided_gets_none()
    {
        Queue.Coalescing = NotificationCoalescing.ByTime(s_delay);
        Use(1)();
        _pair.Driver.SuppressNotifications();
        Expire();
        Assert.Equal((0, 1UL), (_notified, Queue.Counters.NotificationsSuppressed));
        Assert.Equal(1, TakeUsed());
        _pair.Driver.EnableNotifications();
        Use(1)();
        Expire();
        Assert.Equal(1, _notified);
    }

    [Fact]
    public void A_queue_never_waits_for_more_than_half_its_entries()
    {
        Queue.Coalescing = NotificationCoalescing.ByCount(1000);
        Assert.Equal([0, 1], Notified(Use(31), Use(1)));
    }

    [Fact]
    public void Adaptive_notifies_at_once_when_idle()
    {
        Queue.Coalescing = NotificationCoalescing.Adaptive(16, s_delay);
        for (int i = 1; i <= 2000; i++)
        {
            _now += 51_000; // Less than one in the policy's 50 us.
            Use(1)();
            Assert.Equal(i, _notified);
        }

        Assert.Equal(0UL, Queue.Counters.NotificationsHeld);
    }

    [Fact]
    public void Adaptive_gathers_ever_more_from_a_driver_that_does_not_wait()
    {
        Queue.Coalescing = NotificationCoalescing.Adaptive(16, s_delay);
        for (int i = 0; i < 4000; i++)
        {
            _now += 1000;
            Use(1)();
        }

        Assert.InRange(_notified, 4000 / 16, (4000 / 16) + 50);
    }

    [Theory]
    [InlineData(1, 0.95)]
    [InlineData(4, 0.4)] // Half of what it has under way, or there is nothing for it to do meanwhile.
    [InlineData(24, 0.06)]
    public void Adaptive_does_not_keep_a_driver_waiting_that_has_so_many_buffers_under_way(int window, double notificationsPerBuffer)
    {
        const int Buffers = 20_000;
        Queue.Coalescing = NotificationCoalescing.Adaptive(32, s_delay);
        int waited = 0;
        int outstanding = 0;
        int heard = 0;
        for (int sent = 0; sent < Buffers; sent++)
        {
            _now += 1000;
            Use(1)();
            outstanding++;
            if (outstanding == window && _notified == heard)
            {
                // It sends nothing more until it is notified.
                waited++;
                _now += 50_000;
                Expire();
            }

            outstanding = _notified > heard ? 0 : outstanding;
            heard = _notified;
        }

        Assert.InRange(waited, 1, 60);
        Assert.InRange((double)_notified / Buffers, notificationsPerBuffer * 0.8, notificationsPerBuffer * 1.6);
    }

    [Fact]
    public void Adaptive_waits_no_more_when_a_stream_has_ended()
    {
        Queue.Coalescing = NotificationCoalescing.Adaptive(16, s_delay);
        for (int i = 0; i < 1000; i++)
        {
            _now += 1000;
            Use(1)();
        }

        _now += 50_000;
        Expire();
        int before = _notified;
        _now += 60_000;
        Use(1)();
        Assert.Equal(before + 1, _notified);
    }

    [Fact]
    public void A_change_of_policy_decides_what_was_held_under_the_old_one()
    {
        Queue.Coalescing = NotificationCoalescing.ByTime(s_delay);
        Use(1)();
        Queue.Coalescing = NotificationCoalescing.ByCount(10);
        Assert.Equal(1, _notified);
        Queue.Coalescing = NotificationCoalescing.Immediate;
        Use(1)();
        Assert.Equal(2, _notified);
    }

    [Fact]
    public void Without_a_timer_nothing_is_held()
    {
        Queue.NotificationTimer = null;
        Queue.Coalescing = NotificationCoalescing.ByCountOrTime(10, s_delay);
        Assert.Equal([1, 2], Notified(Use(1), Use(1)));
    }

    [Fact]
    public void What_counts_is_what_was_published_not_what_was_taken()
    {
        Queue.Coalescing = NotificationCoalescing.ByCount(2);
        Offer(2);
        Assert.Equal(2, Queue.Pop(_batch));
        Queue.Complete(_batch, 1);
        Queue.PublishAndNotify();
        Assert.Equal(0, _notified);
        Queue.Complete(_batch, 1);
        Queue.PublishAndNotify();
        Assert.Equal(1, _notified);
    }

    [Theory]
    [InlineData(0UL)]
    [InlineData(VirtioFeatures.EventIndex)]
    [InlineData(VirtioFeatures.RingPacked)]
    [InlineData(VirtioFeatures.RingPacked | VirtioFeatures.EventIndex)]
    public void A_driver_that_sleeps_is_always_woken(ulong features)
    {
        NotificationCoalescing[] policies =
        [
            NotificationCoalescing.Immediate, NotificationCoalescing.ByCount(3), NotificationCoalescing.ByTime(s_delay),
            NotificationCoalescing.ByCountOrTime(7, s_delay), NotificationCoalescing.Adaptive(5, s_delay),
        ];
        using var pair = new QueuePair(64, VirtioFeatures.Version1 | features);
        Virtqueue queue = pair.Device;
        queue.Notifier = this;
        queue.NotificationTimer = this;
        var random = new Random((int)(features >> 29));
        int inFlight = 0;
        for (int i = 0; i < 100_000; i++)
        {
            while (inFlight < random.Next(64) && pair.Driver.TryAdd(new DriverBuffer(default, 8), writable: false, 0))
            {
                inFlight++;
            }

            pair.Driver.Publish();
            bool sleeps = !pair.Driver.EnableNotifications();
            int before = _notified;
            int used = queue.Pop(_batch) > 0 ? random.Next(_batch.Count + 1) : 0;
            queue.Complete(_batch, used);
            queue.PutBack(_batch);
            queue.PublishAndNotify();
            if (random.Next(20) == 0)
            {
                queue.Coalescing = policies[random.Next(policies.Length)];
            }

            if (sleeps && used > 0 && _notified == before)
            {
                Assert.NotNull(_timer); // Held: then the timer has been started, and wakes it.
                Assert.NotSame(NotificationCoalescing.Immediate, queue.Coalescing);
                queue.DecideNotification();
                Assert.Equal(before + 1, _notified);
            }

            while (pair.Driver.TryTakeUsed(out UsedBuffer _))
            {
                inFlight--;
            }
        }
    }

    [Fact]
    public void Impossible_policies_are_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => NotificationCoalescing.ByCount(0));
        Assert.Throws<ArgumentOutOfRangeException>(() => NotificationCoalescing.ByTime(TimeSpan.Zero));
        Assert.Throws<ArgumentOutOfRangeException>(() => NotificationCoalescing.ByCountOrTime(1, TimeSpan.FromTicks(-1)));
        Assert.Throws<ArgumentOutOfRangeException>(() => NotificationCoalescing.Adaptive(8, NotificationCoalescing.LongestDelay + s_delay));
        Assert.Throws<ArgumentNullException>(() => Queue.Coalescing = null!);
    }

    private void Expire() => Queue.DecideNotification();

    /// <summary>The driver offers buffers, and the device uses all of them.</summary>
    private Action Use(int count) => () =>
    {
        TakeUsed();
        Offer(count);
        UseOffered(count)();
    };

    private Action UseOffered(int count) => () =>
    {
        var few = new ChainBatch(count, ChainDirection.Readable);
        Assert.Equal(count, Queue.Pop(few));
        Queue.Complete(few, count);
        Queue.PublishAndNotify();
    };

    private void Offer(int count)
    {
        for (int i = 0; i < count; i++)
        {
            Assert.True(_pair.Driver.TryAdd(new DriverBuffer(new GuestAddress(0), 8), writable: false, 0));
        }

        _pair.Driver.Publish();
    }

    private int TakeUsed()
    {
        int used = 0;
        while (_pair.Driver.TryTakeUsed(out UsedBuffer _))
        {
            used++;
        }

        return used;
    }

    /// <summary>How often the driver had been notified after each step.</summary>
    private List<int> Notified(params Action[] steps)
    {
        var seen = new List<int>();
        foreach (Action step in steps)
        {
            step();
            seen.Add(_notified);
        }

        return seen;
    }
}
