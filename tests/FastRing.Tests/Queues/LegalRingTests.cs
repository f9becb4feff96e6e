using FastRing.Interop;
using FastRing.Memory;
using FastRing.Queues;
using FastRing.Spec;
using Xunit;
using static FastRing.DriverKit.HostileMap;
using static FastRing.Spec.DescriptorFlags;

namespace FastRing.Tests.Queues;

/// <summary>What looks odd and is allowed; on packed rings too, where they have it.</summary>
public class LegalRingTests
{
    [Theory]
    [InlineData(1, false)]
    [InlineData(16, false)]
    [InlineData(1024, false)]
    [InlineData(1, true)]
    [InlineData(17, true)]
    [InlineData(1024, true)]
    public void A_chain_may_be_as_long_as_the_ring(int size, bool packed)
    {
        using HostileRing driver = Ring(packed, (ushort)size);
        driver.OfferChain([.. Enumerable.Range(0, size).Select(i => new HostileBuffer(Buffers + (ulong)i, 1))]);
        ChainBatch batch = PopOne(driver);
        Assert.Equal(size, batch[0].ReadableSegments);
        Assert.Equal((uint)size, batch[0].Bytes);
        Assert.Equal(driver.Guest.Host(Buffers + (ulong)size - 1), batch.Segments[size - 1].Address);
    }

    [Fact]
    public void Direct_descriptors_may_be_followed_by_a_table()
    {
        using HostileSplitRing driver = new();
        driver.OfferTable(Table, 3);
        driver.Descriptor(5, Buffers + 0x100, 4, Next, 6);
        driver.Descriptor(6, Buffers + 0x200, 5, Next, 0);
        driver.AvailableIndex = 0;
        driver.Offer(5);

        ChainBatch batch = PopOne(driver);
        Assert.Equal(5, batch[0].Id);
        Assert.Equal([4, 5, 8, 8, 8], Lengths(batch));
        Assert.Equal(driver.Guest.Host(Buffers + 16), batch.Segments[4].Address);
    }

    [Fact]
    public void A_ring_full_of_direct_descriptors_may_end_in_a_table()
    {
        using HostileSplitRing driver = new();
        driver.OfferTable(Table, 1024);
        for (int i = 1; i < 16; i++)
        {
            driver.Descriptor(i, Buffers, 1, Next, (ushort)((i + 1) % 16));
        }

        driver.AvailableIndex = 0;
        driver.Offer(1);
        Assert.Equal(15 + 1024, PopOne(driver)[0].ReadableSegments);
    }

    [Theory]
    [InlineData(1, false)]
    [InlineData(17, false)]
    [InlineData(1024, false)]
    [InlineData(1, true)]
    [InlineData(17, true)]
    [InlineData(1024, true)]
    public void A_table_may_be_longer_than_a_short_ring(int entries, bool packed)
    {
        using HostileRing driver = Ring(packed);
        driver.OfferTable(Table, entries);
        Assert.Equal(entries, PopOne(driver)[0].ReadableSegments);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void The_write_flag_of_a_descriptor_that_refers_to_a_table_is_ignored(bool packed)
    {
        using HostileRing driver = Ring(packed);
        driver.Entry(Table, 0, Buffers, 8, packed ? None : Next, 1);
        driver.Entry(Table, 1, Buffers, 8);
        driver.OfferChain(new HostileBuffer(Table, 32, Indirect | Write));
        Assert.Equal(2, PopOne(driver)[0].ReadableSegments);
    }

    [Theory]
    [InlineData(Border - 24, false)] // an entry lies over the border
    [InlineData(Border - 32, false)] // the border is between entries
    [InlineData(Border - 33, false)]
    [InlineData(Table + 1, false)]
    [InlineData(Table + 8, false)]
    [InlineData(Table + 15, false)]
    [InlineData(Border - 24, true)]
    [InlineData(Border - 32, true)]
    [InlineData(Border - 33, true)]
    [InlineData(Table + 1, true)]
    [InlineData(Table + 8, true)]
    [InlineData(Table + 15, true)]
    public void A_table_may_lie_anywhere(ulong table, bool packed)
    {
        using HostileRing driver = Ring(packed);
        driver.OfferTable(table, 5);
        ChainBatch batch = PopOne(driver);
        Assert.Equal([8, 8, 8, 8, 8], Lengths(batch));
        for (int i = 0; i < 5; i++)
        {
            Assert.Equal(driver.Guest.Host(Buffers + (8UL * (ulong)i)), batch.Segments[i].Address);
        }
    }

    [Fact]
    public void A_table_may_end_before_its_last_entry_and_jump_about()
    {
        using HostileSplitRing driver = new();
        driver.OfferTable(Table, 4);
        driver.Entry(Table, 0, Buffers, 1, Next, 3);
        driver.Entry(Table, 3, Buffers, 3, Next, 1);
        driver.Entry(Table, 1, Buffers, 2);
        Assert.Equal([1, 3, 2], Lengths(PopOne(driver)));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_buffer_over_adjacent_regions_comes_in_two_pieces(bool packed)
    {
        using HostileRing driver = Ring(packed);
        driver.OfferChain(new HostileBuffer(Border - 3, 10, Write));
        ChainBatch batch = PopOne(driver);

        Assert.Equal([3, 7], Lengths(batch));
        Assert.Equal((0, 2, 10U), (batch[0].ReadableSegments, batch[0].WritableSegments, batch[0].Bytes));
        Assert.Equal(driver.Guest.Host(Border - 3), batch.Segments[0].Address);
        Assert.Equal(driver.Guest.Host(Border), batch.Segments[1].Address);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_buffer_may_end_with_the_address_space(bool packed)
    {
        using HostileRing driver = Ring(packed);
        driver.OfferChain(new HostileBuffer(ulong.MaxValue, 1), new HostileBuffer(Top, 0x1_0000));
        Assert.Equal([1, 0x1_0000], Lengths(PopOne(driver)));
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(true, true)]
    public void The_address_of_an_empty_buffer_does_not_matter(bool indirect, bool packed)
    {
        using HostileRing driver = Ring(packed);
        HostileBuffer[] buffers = [new(0xdead_beef_dead_beef, 0), new(Buffers, 8), new(ulong.MaxValue, 0, Write)];
        if (indirect)
        {
            driver.OfferTable(Table, buffers);
        }
        else
        {
            driver.OfferChain(buffers);
        }

        ChainBatch batch = PopOne(driver);
        Assert.Equal([8], Lengths(batch));
        Assert.Equal((1, 0), (batch[0].ReadableSegments, batch[0].WritableSegments));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_chain_without_buffers_for_the_device_is_empty_and_can_be_given_back(bool packed)
    {
        using HostileRing driver = Ring(packed);
        driver.OfferChain(new HostileBuffer(Hole, 8, Write)); // not even looked at: the device reads only
        Virtqueue queue = driver.Start();
        var batch = new ChainBatch(4, ChainDirection.Readable);
        Assert.Equal(1, queue.Pop(batch));
        Assert.Equal(0U, batch[0].Bytes);
        Assert.True(batch.Segments.IsEmpty);

        queue.Complete(batch, batch.Consume(0));
        Assert.True(queue.Publish());
        Assert.Equal((0U, 0U), driver is HostilePackedRing ring ? ring.Element(0) : ((HostileSplitRing)driver).Used(0));
        Assert.True(driver is HostileSplitRing || ((HostilePackedRing)driver).Flags(0) == HostilePackedRing.UsedAt(true));
    }

    [Fact]
    public void The_available_index_may_step_by_the_whole_ring()
    {
        using HostileSplitRing driver = new();
        driver.AvailableIndex = 0xfff8;
        for (int i = 0; i < 16; i++)
        {
            driver.Descriptor(i, Buffers, (uint)i + 1);
            driver.Offer((ushort)(15 - i));
        }

        Virtqueue queue = driver.Start(0xfff8);
        var batch = new ChainBatch(64, ChainDirection.Both);
        Assert.Equal(16, queue.Pop(batch));
        Assert.Equal([16, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1], Lengths(batch));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(VirtioFeatures.RingPacked)]
    public void Chains_may_come_to_almost_four_gigabytes_and_no_more(ulong features)
    {
        const ulong GiB = 1UL << 30;
        using TestGuest guest = new((0, 6 * GiB));
        DriverVirtqueue driver = DriverVirtqueue.Create(guest.Memory, new(0x1000), 512, features);
        VirtqueueSetup setup = RingSetup.At(new(0x1000), 512, features);
        Assert.Equal(VirtqueueError.None, Virtqueue.TryCreate(setup, guest.Memory, out Virtqueue? queue));
        var batch = new ChainBatch(8, ChainDirection.Both);

        Assert.True(driver.TryAdd([new(new(GiB), uint.MaxValue)], [], 1));
        Assert.True(driver.TryAdd([new(new(GiB), 0x8000_0000), new(new(5 * GiB), 0x3fff_ffff)], [new(new(5 * GiB), 0x4000_0000)], 2));
        driver.Publish();
        Assert.Equal(2, queue!.Pop(batch));
        Assert.Equal([uint.MaxValue, uint.MaxValue], new[] { batch[0].Bytes, batch[1].Bytes });
        batch[1].Written = uint.MaxValue;
        queue.Complete(batch, 2);
        queue.Publish();
        Assert.True(driver.TryTakeUsed(out _));
        Assert.True(driver.TryTakeUsed(out UsedBuffer used));
        Assert.Equal(new UsedBuffer(2, uint.MaxValue), used);

        Assert.True(driver.TryAdd([new(new(GiB), 0x8000_0000)], [new(new(4 * GiB), 0x8000_0000)], 3));
        driver.Publish();
        Assert.Equal(0, queue.Pop(batch));
        Assert.Equal(VirtqueueError.ChainTooLarge, queue.Error);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(VirtioFeatures.RingPacked)]
    public void Five_hundred_buffers_of_four_gigabytes_are_refused_without_overflow(ulong features)
    {
        const ulong GiB = 1UL << 30;
        using TestGuest guest = new((0, 6 * GiB));
        DriverVirtqueue driver = DriverVirtqueue.Create(guest.Memory, new(0x1000), 512, features);
        VirtqueueSetup setup = RingSetup.At(new(0x1000), 512, features);
        Assert.Equal(VirtqueueError.None, Virtqueue.TryCreate(setup, guest.Memory, out Virtqueue? queue));

        Assert.True(driver.TryAdd(Enumerable.Repeat(new DriverBuffer(new(GiB), uint.MaxValue), 512).ToArray(), [], 1));
        driver.Publish();
        Assert.Equal(0, queue!.Pop(new ChainBatch(8, ChainDirection.Both)));
        Assert.Equal(VirtqueueError.ChainTooLarge, queue.Error);
    }

    internal static int[] Lengths(ChainBatch batch) => batch.Segments.ToArray().Select(s => (int)s.Length).ToArray();

    private static HostileRing Ring(bool packed, ushort size = 16) =>
        HostileRing.Create(size, VirtioFeatures.IndirectDescriptors | (packed ? VirtioFeatures.RingPacked : 0));

    private static ChainBatch PopOne(HostileRing driver)
    {
        Virtqueue queue = driver.Start();
        var batch = new ChainBatch(4, ChainDirection.Both);
        Assert.Equal(1, queue.Pop(batch));
        Assert.Equal(VirtqueueError.None, queue.Error);
        return batch;
    }
}
