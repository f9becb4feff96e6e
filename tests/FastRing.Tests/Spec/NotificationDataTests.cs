using FastRing.Queues;
using FastRing.Spec;
using Xunit;

namespace FastRing.Tests.Spec;

public sealed class NotificationDataTests
{
    [Theory]
    [InlineData(0, 0, 0x0000_0000u)]
    [InlineData(5, 1, 0x0001_0005u)]
    [InlineData(0x1234, 0x7fff, 0x7fff_1234u)]
    [InlineData(2, 0x8000, 0x8000_0002u)] // Bit 15 of the index stands where a packed ring has its wrap counter.
    [InlineData(0xffff, 0xffff, 0xffff_ffffu)]
    public void A_split_ring_has_the_queue_below_the_whole_available_index(ushort queue, ushort index, uint word)
    {
        Assert.Equal(word, NotificationData.OfSplit(queue, index).Value);
        var data = new NotificationData(word);
        Assert.Equal((queue, index), (data.QueueIndex, data.AvailableIndex));
    }

    [Theory]
    [InlineData(0, 0, false, 0x0000_0000u)]
    [InlineData(0, 0, true, 0x8000_0000u)]
    [InlineData(7, 255, true, 0x80ff_0007u)]
    [InlineData(0x1234, 0x7fff, false, 0x7fff_1234u)]
    [InlineData(0xffff, 0x7fff, true, 0xffff_ffffu)]
    public void A_packed_ring_has_the_queue_below_an_offset_and_a_wrap_counter(ushort queue, ushort offset, bool wrap, uint word)
    {
        Assert.Equal(word, NotificationData.OfPacked(queue, offset, wrap).Value);
        var data = new NotificationData(word);
        Assert.Equal((queue, offset, wrap), (data.QueueIndex, data.NextOffset, data.NextWrap));
    }

    [Theory]
    [InlineData(0x8000)]
    [InlineData(0xffff)]
    public void A_packed_ring_has_no_place_beyond_15_bits(ushort offset) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => NotificationData.OfPacked(0, offset, nextWrap: false));

    [Fact]
    public void A_split_driver_tells_its_index_over_all_16_bits()
    {
        using var pair = new QueuePair(4, VirtioFeatures.Version1 | VirtioFeatures.NotificationData);
        Assert.Equal(0x0000_0003u, pair.Driver.NotificationFor(3).Value);

        Pass(pair, chains: 4);
        Assert.Equal(0x0004_0003u, pair.Driver.NotificationFor(3).Value); // Not 0: the index does not wrap with the ring.

        Pass(pair, chains: 0x7ffe - 4);
        Assert.Equal(0x7ffe_0003u, pair.Driver.NotificationFor(3).Value);
        Pass(pair, chains: 2);
        Assert.Equal(0x8000_0003u, pair.Driver.NotificationFor(3).Value);

        Pass(pair, chains: 0x7fff);
        Assert.Equal(0xffff_0003u, pair.Driver.NotificationFor(3).Value);
        Pass(pair, chains: 1);
        Assert.Equal(0x0000_0003u, pair.Driver.NotificationFor(3).Value);
    }

    [Fact]
    public void A_packed_driver_tells_its_descriptor_and_wrap_counter()
    {
        using var pair = new QueuePair(3, VirtioFeatures.Version1 | VirtioFeatures.RingPacked | VirtioFeatures.NotificationData);
        Assert.Equal(0x8000_0001u, pair.Driver.NotificationFor(1).Value); // A fresh ring's wrap counter is 1.

        Pass(pair, chains: 2);
        Assert.Equal(0x8002_0001u, pair.Driver.NotificationFor(1).Value);

        Pass(pair, chains: 1); // The ring's end: index 0 and the counter turned.
        Assert.Equal(0x0000_0001u, pair.Driver.NotificationFor(1).Value);
        Pass(pair, chains: 2);
        Assert.Equal(0x0002_0001u, pair.Driver.NotificationFor(1).Value);

        Pass(pair, chains: 1, descriptors: 2); // Over the end.
        Assert.Equal(0x8001_0001u, pair.Driver.NotificationFor(1).Value);
    }

    [Theory]
    [InlineData(0UL, 0x0000_0000u, 0x0001_0000u)]
    [InlineData(VirtioFeatures.RingPacked, 0x8000_0000u, 0x8001_0000u)]
    public void What_is_added_and_not_published_is_not_told(ulong features, uint before, uint after)
    {
        using var pair = new QueuePair(4, VirtioFeatures.Version1 | features);
        pair.Driver.TryAdd(new DriverBuffer(new(0), 16), writable: false, token: 0);
        Assert.Equal(before, pair.Driver.NotificationFor(0).Value);

        pair.Driver.Publish();
        Assert.Equal(after, pair.Driver.NotificationFor(0).Value);
    }

    /// <summary>Chains from the driver to the device and back, one at a time.</summary>
    private static void Pass(QueuePair pair, int chains, int descriptors = 1)
    {
        var batch = new ChainBatch(1, ChainDirection.Readable);
        DriverBuffer[] buffers = [.. Enumerable.Repeat(new DriverBuffer(new(0), 16), descriptors)];
        for (int i = 0; i < chains; i++)
        {
            Assert.True(pair.Driver.TryAdd(buffers, [], token: 0));
            pair.Driver.Publish();
            Assert.Equal(1, pair.Device.Pop(batch));
            pair.Device.Complete(batch, 1);
            pair.Device.Publish();
            Assert.True(pair.Driver.TryTakeUsed(out _));
        }
    }
}
