using FastRing.Queues;
using FastRing.Spec;
using FastRing.VhostUser.Backend;
using FastRing.VhostUser.Frontend;
using FastRing.Workers;

namespace FastRing.VhostUser.Tests.Backend;

/// <summary>Notifications that are gathered, over a real connection.</summary>
public class CoalescingTests
{
    private const ulong Features = VirtioFeatures.Version1 | VirtioFeatures.EventIndex;
    private static readonly NotificationCoalescing s_long = NotificationCoalescing.ByCountOrTime(8, NotificationCoalescing.LongestDelay);

    public static TheoryData<string, NotificationCoalescing> Policies => new()
    {
        { "count", NotificationCoalescing.ByCount(16) },
        { "time", NotificationCoalescing.ByTime(TimeSpan.FromMicroseconds(50)) },
        { "both", NotificationCoalescing.ByCountOrTime(4, TimeSpan.FromMicroseconds(20)) },
        { "adaptive", NotificationCoalescing.Adaptive(32, TimeSpan.FromMicroseconds(50)) },
    };

    [Theory]
    [MemberData(nameof(Policies), DisableDiscoveryEnumeration = true)]
    public void A_driver_that_sleeps_gets_every_buffer_in_every_strategy(string name, NotificationCoalescing policy)
    {
        Assert.NotEmpty(name);
        foreach (WaitStrategy strategy in (WaitStrategy[])[WaitStrategy.Sleep, WaitStrategy.Poll, WaitStrategy.PollThenSleep(TimeSpan.FromMicroseconds(50))])
        {
            using BackendFixture fixture = Start(policy);
            fixture.Worker.WaitStrategy = strategy;
            using FrontendSession session = fixture.OpenSession(Features);
            var driver = new EchoDriver(session, session.StartQueue(0, 64));
            for (int i = 1; i <= 200; i++)
            {
                driver.Run(1 + (i % 7));
            }

            Assert.Equal(0, driver.InFlight);
        }
    }

    [Fact]
    public void Single_buffers_are_notified_of_together()
    {
        using BackendFixture fixture = Start(s_long);
        using FrontendSession session = fixture.OpenSession(Features);
        var driver = new EchoDriver(session, session.StartQueue(0, 64));
        for (int i = 0; i < 80; i++)
        {
            driver.Add(1);
            fixture.Settle();
            if (driver.InFlight == 8)
            {
                driver.TakeAll(8);
            }
        }

        Assert.Equal(80, driver.Echoed);
        Assert.InRange(fixture.Counters.Notifications, 1UL, 40UL); // One for eight, and some when a second is over in between.
    }

    [Fact]
    public void A_notification_held_back_comes_before_the_ring_has_stopped()
    {
        using BackendFixture fixture = Start(s_long);
        using FrontendSession session = fixture.OpenSession(Features);
        FrontendQueue queue = session.StartQueue(0, 64);
        var driver = new EchoDriver(session, queue);
        driver.Add(1);
        fixture.Settle();
        queue.Stop();
        Assert.Equal(1, queue.Call.Drain());
        driver.TakeAll(1);
    }

    [Fact]
    public async Task The_policy_of_one_queue_or_of_all_is_changed_while_they_run_and_outlives_the_session()
    {
        using BackendFixture fixture = Start(NotificationCoalescing.Immediate);
        for (int i = 0; i < 2; i++)
        {
            using FrontendSession session = fixture.OpenSession(Features);
            FrontendQueue first = session.StartQueue(0, 64);
            FrontendQueue second = session.StartQueue(1, 64);
            if (i == 0)
            {
                await fixture.Backend.SetCoalescingAsync(s_long);
                Assert.Equal([s_long, s_long], Policies(fixture));
                await fixture.Backend.SetCoalescingAsync(NotificationCoalescing.Immediate, queue: 1);
            }

            Assert.Equal([s_long, NotificationCoalescing.Immediate], Policies(fixture));
            var driver = new EchoDriver(session, second);
            driver.Add(1);
            fixture.Settle();
            Assert.Equal(1, second.Call.Drain());
            driver.TakeAll(1);
            Assert.Equal(0, first.Call.Drain());
        }

        static NotificationCoalescing[] Policies(BackendFixture fixture)
        {
            NotificationCoalescing[] seen = [];
            fixture.Run(() => seen = [fixture.Device.Queue(0).Coalescing, fixture.Device.Queue(1).Coalescing]);
            return seen;
        }
    }

    [Fact]
    public async Task A_queue_there_is_not_has_no_policy()
    {
        using BackendFixture fixture = Start(s_long);
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => fixture.Backend.SetCoalescingAsync(s_long, queue: 2));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => fixture.Backend.SetCoalescingAsync(s_long, queue: -1));
        await fixture.Backend.SetCoalescingAsync(s_long, queue: 1); // Without a session too.
    }

    private static BackendFixture Start(NotificationCoalescing policy) =>
        new(f => new VhostUserBackend(f.Worker, f.Device, f.Socket, "test") { Coalescing = policy });
}
