using FastRing.Queues;
using FastRing.Spec;
using Xunit;
using static FastRing.DriverKit.HostileMap;

namespace FastRing.Tests.Queues;

/// <summary>A driver that asks for no notification, but for the one that tells that its ring has been emptied (virtio 1.2, 6.3).</summary>
public class NotifyOnEmptyTests
{
    private const ulong NotifyOnEmpty = VirtioFeatures.NotifyOnEmpty;

    public static TheoryData<ulong> Rings { get; } =
        [0, VirtioFeatures.EventIndex, VirtioFeatures.InOrder, VirtioFeatures.EventIndex | VirtioFeatures.InOrder];

    [Theory]
    [MemberData(nameof(Rings))]
    public void A_driver_that_suppressed_notifications_is_notified_when_the_last_buffer_is_used(ulong features)
    {
        using HostileSplitRing driver = Suppressing(features | NotifyOnEmpty);
        Virtqueue queue = driver.Start();
        var batch = new ChainBatch(2, ChainDirection.Both);
        BeginSuppressed(driver, queue, batch);

        driver.OfferGood(5);
        List<bool> notified = [];
        while (queue.Pop(batch) > 0)
        {
            queue.Complete(batch, batch.Count);
            notified.Add(queue.Publish());
        }

        Assert.Equal([false, false, true], notified);
        Assert.False(queue.Publish());
    }

    [Theory]
    [MemberData(nameof(Rings))]
    public void A_buffer_that_the_device_still_has_keeps_the_ring_from_being_empty(ulong features)
    {
        using HostileSplitRing driver = Suppressing(features | NotifyOnEmpty);
        Virtqueue queue = driver.Start();
        var batch = new ChainBatch(4, ChainDirection.Both);
        BeginSuppressed(driver, queue, batch);

        driver.OfferGood(2);
        Assert.Equal(2, queue.Pop(batch));
        queue.Complete(batch, 1);
        Assert.False(queue.Publish());
        queue.Complete(batch, 1);
        Assert.True(queue.Publish());
    }

    [Theory]
    [MemberData(nameof(Rings))]
    public void A_driver_that_did_not_negotiate_it_gets_nothing_it_did_not_ask_for(ulong features)
    {
        using HostileSplitRing driver = Suppressing(features);
        Virtqueue queue = driver.Start();
        var batch = new ChainBatch(4, ChainDirection.Both);
        BeginSuppressed(driver, queue, batch);

        driver.OfferGood(2);
        queue.Pop(batch);
        queue.Complete(batch, 2);
        Assert.False(queue.Publish());
    }

    [Fact]
    public void Notifications_are_counted_as_sent_or_suppressed_once()
    {
        using HostileSplitRing driver = Suppressing(NotifyOnEmpty);
        Virtqueue queue = driver.Start();
        var batch = new ChainBatch(1, ChainDirection.Both);
        driver.OfferGood(3);
        while (queue.Pop(batch) > 0)
        {
            queue.Complete(batch, 1);
            queue.PublishAndNotify();
        }

        Assert.Equal((1UL, 2UL), (queue.Counters.Notifications, queue.Counters.NotificationsSuppressed));
    }

    private static HostileSplitRing Suppressing(ulong features)
    {
        var driver = new HostileSplitRing(features: features);
        driver.AvailableFlags = 1;
        driver.UsedEvent = 0x8000;
        return driver;
    }

    /// <summary>Gets the first publication after a start over, which always notifies where there is an event index.</summary>
    private static void BeginSuppressed(HostileSplitRing driver, Virtqueue queue, ChainBatch batch)
    {
        driver.OfferGood(1, Buffers + 0x100);
        Assert.Equal(1, queue.Pop(batch));
        queue.Complete(batch, 1);
        queue.Publish();
    }
}
