using FastRing.Queues;
using FastRing.Spec;
using Xunit;

namespace FastRing.Tests.Queues;

/// <summary>Whatever a driver writes into its event suppression, a wake-up it may be waiting for is never lost.</summary>
public class PackedEventSuppressionTests
{
    private const int Size = 7; // no power of two
    private const ulong EventIndex = VirtioFeatures.EventIndex;

    [Theory]
    [InlineData(0UL)]
    [InlineData(EventIndex)]
    public void Flags_that_mean_nothing_mean_enabled(ulong features)
    {
        using HostilePackedRing ring = new(Size, features);
        Virtqueue queue = ring.Start();
        Round(ring, queue, 1); // The first after a start goes to everyone.
        for (int flags = 0; flags <= ushort.MaxValue; flags++)
        {
            bool isPlace = (flags & 3) == EventSuppression.Descriptor && features == EventIndex;
            if (isPlace)
            {
                continue; // It is the place that decides: see below.
            }

            ring.DriverEvent = ((uint)flags << 16) | 0x3333;
            Assert.Equal((flags & 3) != EventSuppression.Disable, Round(ring, queue, 1));
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(Size)]
    public void A_place_notifies_when_it_is_passed_and_one_that_does_not_exist_always(int chains)
    {
        using HostilePackedRing ring = new(Size, EventIndex);
        Virtqueue queue = ring.Start();
        Round(ring, queue, 1);
        for (int place = 0; place <= ushort.MaxValue; place++)
        {
            ring.DriverEvent = (uint)place | ((uint)EventSuppression.Descriptor << 16);
            bool expected = (place & 0x7fff) >= Size;
            for (int i = 0; i < chains; i++)
            {
                expected |= ring.SlotAhead(i) == (place & 0x7fff) && ring.WrapAhead(i) == (place >= 0x8000);
            }

            // A publication of the whole ring passes every place of one round, and nobody can tell which round was meant.
            expected |= chains == Size;
            Assert.Equal(expected, Round(ring, queue, chains));
        }
    }

    [Fact]
    public void The_device_asks_for_the_descriptor_it_waits_for_and_for_nothing_while_it_looks_itself()
    {
        using HostilePackedRing ring = new(Size, EventIndex);
        Virtqueue queue = ring.Start();
        for (int i = 0; i < 30; i++)
        {
            queue.SuppressNotifications();
            Assert.Equal((uint)EventSuppression.Disable << 16, ring.DeviceEvent);
            Assert.False(queue.EnableNotifications());
            uint place = (uint)ring.Position | (ring.WrapCounter ? 0x8000u : 0);
            Assert.Equal(((uint)EventSuppression.Descriptor << 16) | place, ring.DeviceEvent);
            Round(ring, queue, 1);
        }
    }

    /// <summary>Some chains go round; whether the driver is notified.</summary>
    private static bool Round(HostilePackedRing ring, Virtqueue queue, int chains)
    {
        var batch = new ChainBatch(Size, ChainDirection.Both);
        ring.OfferGood(chains);
        Assert.Equal(chains, queue.Pop(batch));
        queue.Complete(batch, chains);
        return queue.Publish();
    }
}
