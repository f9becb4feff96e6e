using FastRing.Queues;
using FastRing.Spec;
using Xunit;
using static FastRing.DriverKit.HostileMap;
using static FastRing.Spec.DescriptorFlags;

namespace FastRing.Tests.Queues;

public class NotificationTests
{
    private const ulong EventIndex = VirtioFeatures.EventIndex;

    [Fact]
    public void Without_event_index_the_flags_decide()
    {
        using HostileSplitRing driver = new(features: 0);
        Virtqueue queue = driver.Start();
        Assert.True(Round(driver, queue));
        driver.AvailableFlags = 1;
        driver.UsedEvent = 1; // means nothing
        Assert.False(Round(driver, queue));
        driver.AvailableFlags = 0xfffe; // other bits mean nothing
        Assert.True(Round(driver, queue));

        queue.SuppressNotifications();
        Assert.Equal(1, driver.UsedFlags);
        Assert.False(queue.EnableNotifications());
        Assert.Equal(0, driver.UsedFlags);
        Assert.Equal(0, driver.AvailableEvent);
    }

    [Fact]
    public void With_event_index_the_flags_mean_nothing()
    {
        using HostileSplitRing driver = new(features: EventIndex);
        Virtqueue queue = driver.Start();
        driver.AvailableFlags = 1;
        driver.UsedEvent = 0;
        Assert.True(Round(driver, queue));
        queue.SuppressNotifications();
        Assert.Equal(0, driver.UsedFlags);
        Assert.False(queue.EnableNotifications());
        Assert.Equal(1, driver.AvailableEvent);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(7)]
    [InlineData(0xfffc)]
    public void With_event_index_the_driver_is_notified_when_its_index_is_passed_and_after_a_start(int start)
    {
        for (int wanted = -3; wanted < 12; wanted++)
        {
            using HostileSplitRing driver = new(features: EventIndex);
            driver.AvailableIndex = (ushort)start;
            Virtqueue queue = driver.Start((uint)start);
            driver.UsedEvent = (ushort)(start + wanted);
            Assert.True(Round(driver, queue)); // the first after a start, whatever the driver wrote
            for (int published = 1; published < 10; published++)
            {
                Assert.Equal(published == wanted, Round(driver, queue));
            }
        }
    }

    [Fact]
    public void A_batch_over_the_wanted_index_notifies_once()
    {
        using HostileSplitRing driver = new(features: EventIndex);
        Virtqueue queue = driver.Start();
        Assert.True(Round(driver, queue));
        driver.UsedEvent = 4;
        Assert.True(Round(driver, queue, chains: 8));
        Assert.False(Round(driver, queue, chains: 8));
        Assert.False(queue.Publish());
    }

    [Fact]
    public void Notifications_are_counted_and_sent()
    {
        using HostileSplitRing driver = new(features: 0);
        Virtqueue queue = driver.Start();
        var notifier = new CountingNotifier();
        queue.Notifier = notifier;
        driver.Descriptor(0, Buffers, 8);
        var batch = new ChainBatch(4, ChainDirection.Both);
        for (int i = 0; i < 5; i++)
        {
            driver.AvailableFlags = i < 3 ? (ushort)0 : (ushort)1;
            driver.Offer(0);
            queue.Pop(batch);
            queue.Complete(batch, 1);
            queue.PublishAndNotify();
            queue.PublishAndNotify();
        }

        Assert.Equal(3, notifier.Count);
        VirtqueueCounters counters = queue.Counters;
        Assert.Equal(
            (5UL, 5UL, 3UL, 2UL),
            (counters.Chains, counters.Publications, counters.Notifications, counters.NotificationsSuppressed));
    }

    [Fact]
    public void Used_elements_are_seen_only_when_they_are_published()
    {
        using HostileSplitRing driver = new(features: 0);
        Virtqueue queue = driver.Start();
        var batch = new ChainBatch(4, ChainDirection.Both);
        for (int i = 0; i < 3; i++)
        {
            driver.Descriptor(i + 4, Buffers, 8, Write);
            driver.Offer((ushort)(i + 4));
        }

        Assert.Equal(3, queue.Pop(batch));
        batch[0].Written = 7;
        batch[1].Written = uint.MaxValue;
        queue.Complete(batch, 2);
        Assert.Equal(0, driver.UsedIndex);
        queue.Publish();
        Assert.Equal(2, driver.UsedIndex);
        Assert.Equal((4U, 7U), driver.Used(0));
        Assert.Equal((5U, uint.MaxValue), driver.Used(1));
    }

    [Fact]
    public void Indirect_chains_are_counted()
    {
        using HostileSplitRing driver = new();
        driver.OfferTable(Table, 2);
        driver.Descriptor(1, Buffers, 8);
        driver.Offer(1);
        Virtqueue queue = driver.Start();
        Assert.Equal(2, queue.Pop(new ChainBatch(4, ChainDirection.Both)));
        Assert.Equal((2UL, 1UL), (queue.Counters.Chains, queue.Counters.IndirectChains));
    }

    private static bool Round(HostileSplitRing driver, Virtqueue queue, int chains = 1)
    {
        driver.Descriptor(0, Buffers, 8);
        var batch = new ChainBatch(16, ChainDirection.Both);
        for (int i = 0; i < chains; i++)
        {
            driver.Offer(0);
        }

        Assert.Equal(chains, queue.Pop(batch));
        queue.Complete(batch, chains);
        return queue.Publish();
    }

    private sealed class CountingNotifier : INotifier
    {
        public int Count { get; private set; }

        public void Notify() => Count++;
    }
}
