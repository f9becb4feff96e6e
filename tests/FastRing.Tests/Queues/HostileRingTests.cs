using FastRing.Memory;
using FastRing.Queues;
using FastRing.Spec;
using Xunit;
using static FastRing.DriverKit.HostileMap;
using static FastRing.Spec.DescriptorFlags;

namespace FastRing.Tests.Queues;

/// <summary>What a driver must not do, one rule a test: the error is named, the queue stops, nothing is written.</summary>
public class HostileRingTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(16)]
    public void Pop_rejects_a_chain_with_a_cycle(int length)
    {
        using HostileSplitRing driver = new();
        for (int i = 0; i < length; i++)
        {
            driver.Descriptor(i, Buffers, 8, Next, (ushort)((i + 1) % length));
        }

        driver.Offer(0);
        driver.BreaksWith(VirtqueueError.ChainTooLong);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    public void Pop_rejects_an_indirect_table_with_a_cycle(int length)
    {
        using HostileSplitRing driver = new();
        driver.OfferTable(Table, length);
        driver.Entry(Table, length - 1, Buffers, 8, Next, 0);
        driver.BreaksWith(VirtqueueError.ChainTooLong);
    }

    [Fact]
    public void Pop_rejects_every_head_beyond_the_table()
    {
        using HostileSplitRing driver = new();
        var batch = new ChainBatch(1, ChainDirection.Both);
        for (int head = 0; head <= ushort.MaxValue; head++)
        {
            driver.AvailableIndex = 0;
            driver.Descriptor(head & 15, Buffers, 8);
            driver.Offer((ushort)head);
            Virtqueue queue = driver.Start();
            batch.Clear();
            Assert.Equal(head < 16 ? 1 : 0, queue.Pop(batch));
            Assert.Equal(head < 16 ? VirtqueueError.None : VirtqueueError.HeadOutOfRange, queue.Error);
        }

        driver.BreaksWith(VirtqueueError.HeadOutOfRange);
    }

    [Theory]
    [InlineData(false, 16)]
    [InlineData(true, 5)]
    public void Pop_rejects_every_next_beyond_the_table(bool indirect, int entries)
    {
        using HostileSplitRing driver = new();
        driver.Descriptor(0, Buffers, 8, Next, 1);
        if (indirect)
        {
            driver.OfferTable(Table, entries);
        }
        else
        {
            driver.Offer(0);
        }

        var batch = new ChainBatch(1, ChainDirection.Both);
        ulong table = indirect ? Table : driver.Setup.Descriptors.Value;
        for (int next = entries; next <= ushort.MaxValue; next++)
        {
            driver.Entry(table, 0, Buffers, 8, Next, (ushort)next);
            Virtqueue queue = driver.Start();
            Assert.Equal(0, queue.Pop(batch));
            Assert.Equal(VirtqueueError.NextOutOfRange, queue.Error);
        }

        driver.BreaksWith(VirtqueueError.NextOutOfRange);
    }

    [Theory]
    [InlineData(17)]
    [InlineData(0x8000)]
    [InlineData(0xffff)]
    [InlineData(0xfff0)]
    public void Pop_rejects_an_available_index_that_jumped(int jump)
    {
        foreach (ushort start in new ushort[] { 0, 5, 0xfff8 })
        {
            using HostileSplitRing driver = new();
            driver.AvailableIndex = (ushort)(start + jump);
            driver.BreaksWith(VirtqueueError.AvailableIndexJumped, queue: driver.Start(start));
        }
    }

    [Fact]
    public void Buffers_in_flight_count_against_the_available_index()
    {
        using HostileSplitRing driver = new();
        driver.Descriptor(0, Buffers, 8);
        for (int i = 0; i < 16; i++)
        {
            driver.Offer(0);
        }

        Virtqueue queue = driver.Start();
        var batch = new ChainBatch(64, ChainDirection.Both);
        Assert.Equal(16, queue.Pop(batch));
        driver.Offer(0);
        Assert.Equal(0, queue.Pop(batch));
        Assert.Equal(VirtqueueError.AvailableIndexJumped, queue.Error);
    }

    [Fact]
    public void A_driver_that_never_waits_for_its_buffers_cannot_keep_a_device_popping()
    {
        using HostileSplitRing driver = new();
        driver.Descriptor(0, Buffers, 8);
        Virtqueue queue = driver.Start();
        var batch = new ChainBatch(4, ChainDirection.Both);
        int popped = 0;
        driver.Offer(0);
        while (queue.Pop(batch) is > 0 and var count)
        {
            popped += count;
            Assert.True(popped <= 16);
            queue.Complete(batch, count);
            driver.Offer(0);
        }

        Assert.Equal(16, popped);
        Assert.Equal(VirtqueueError.AvailableIndexJumped, queue.Error);
    }

    [Theory]
    [InlineData(0U)]
    [InlineData(1U)]
    [InlineData(15U)]
    [InlineData(17U)]
    [InlineData(0xffff_fff0U)]
    [InlineData(0xffff_ffffU)]
    [InlineData(1025U * 16)]
    public void Pop_rejects_an_indirect_table_of_a_bad_size(uint bytes)
    {
        using HostileSplitRing driver = new();
        driver.OfferTable(Table, 2, bytes);
        driver.BreaksWith(VirtqueueError.IndirectTableSize);
    }

    [Fact]
    public void Pop_rejects_an_indirect_table_longer_than_a_long_ring()
    {
        using HostileSplitRing driver = new(2048);
        driver.OfferTable(Table, 2048);
        Assert.Equal(1, driver.Start().Pop(new ChainBatch(1, ChainDirection.Both)));

        driver.OfferTable(Table, 2049);
        driver.BreaksWith(VirtqueueError.IndirectTableSize, queue: driver.Start(1));
    }

    [Fact]
    public void Pop_rejects_an_indirect_descriptor_with_a_next_one()
    {
        using HostileSplitRing driver = new();
        driver.OfferTable(Table, 2);
        driver.Descriptor(0, Table, 32, Indirect | Next, 1);
        driver.Descriptor(1, Buffers, 8);
        driver.BreaksWith(VirtqueueError.IndirectNotAllowed);
    }

    [Fact]
    public void Pop_rejects_an_indirect_descriptor_inside_a_table()
    {
        using HostileSplitRing driver = new();
        driver.OfferTable(Table, 2);
        driver.Entry(Table, 1, Table + 0x100, 16, Indirect);
        driver.Entry(Table + 0x100, 0, Buffers, 8);
        driver.BreaksWith(VirtqueueError.IndirectNotAllowed);
    }

    [Fact]
    public void Pop_rejects_an_indirect_descriptor_that_was_not_negotiated()
    {
        using HostileSplitRing driver = new(features: 0);
        driver.OfferTable(Table, 2);
        driver.BreaksWith(VirtqueueError.IndirectNotAllowed);
    }

    [Theory]
    [InlineData(Hole)]
    [InlineData(Hole - 8)]
    [InlineData(BehindHole - 16)]
    [InlineData(0x7fff_0000_0000_0000UL)]
    [InlineData(ulong.MaxValue - 15)] // goes on at address 0
    public void Pop_rejects_an_indirect_table_outside_of_guest_memory(ulong table)
    {
        using HostileSplitRing driver = new();
        driver.Entry(0, 0, Buffers, 8); // where a table that wraps around would go on
        driver.Descriptor(0, table, 32, Indirect);
        driver.Offer(0);
        driver.BreaksWith(VirtqueueError.BufferNotMapped);
    }

    [Theory]
    [InlineData(Hole, 1U)]
    [InlineData(Hole - 1, 2U)]
    [InlineData(Hole - 8, 0x1008U + 8)] // over the hole
    [InlineData(BehindHole - 1, 1U)]
    [InlineData(Border - 8, 0x1_0009U)] // over a border, then one byte into the hole
    [InlineData(0x8000_0000_0000_0000UL, 1U)]
    [InlineData(ulong.MaxValue, 2U)]
    [InlineData(ulong.MaxValue - 15, 17U)]
    [InlineData(Top, 0x1_0001U)]
    [InlineData(Top, uint.MaxValue)]
    [InlineData(0UL, uint.MaxValue)]
    public void Pop_rejects_a_buffer_that_is_not_wholly_in_guest_memory(ulong address, uint length)
    {
        foreach (bool indirect in new[] { false, true })
        {
            using HostileSplitRing driver = new();
            driver.OfferTable(Table, 2);
            driver.Entry(indirect ? Table : driver.Setup.Descriptors.Value, 0, address, length);
            driver.BreaksWith(VirtqueueError.BufferNotMapped);
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Pop_rejects_a_readable_buffer_behind_a_writable_one(bool indirect)
    {
        foreach (ChainDirection direction in Enum.GetValues<ChainDirection>())
        {
            using HostileSplitRing driver = new();
            driver.OfferTable(Table, 2);
            ulong table = indirect ? Table : driver.Setup.Descriptors.Value;
            driver.Entry(table, 0, Buffers, 8, Write | Next, 1);
            driver.Entry(table, 1, Buffers, 0); // empty ones count too
            driver.BreaksWith(VirtqueueError.ReadableAfterWritable, direction);
        }
    }

    [Fact]
    public void Pop_rejects_a_readable_table_entry_behind_a_writable_direct_descriptor()
    {
        using HostileSplitRing driver = new();
        driver.OfferTable(Table, 2);
        driver.Descriptor(1, Buffers, 8, Write | Next, 0);
        driver.AvailableIndex = 0;
        driver.Offer(1);
        driver.BreaksWith(VirtqueueError.ReadableAfterWritable);
    }

    [Fact]
    public void What_was_popped_before_the_bad_chain_is_handed_out_but_never_published()
    {
        using HostileSplitRing driver = new();
        driver.Descriptor(0, Buffers, 8);
        driver.Offer(0);
        driver.Offer(99);
        Virtqueue queue = driver.Start();
        var batch = new ChainBatch(4, ChainDirection.Both);

        Assert.Equal(1, queue.Pop(batch));
        Assert.Equal(VirtqueueError.HeadOutOfRange, queue.Error);
        queue.Complete(batch, 1);
        Assert.False(queue.Publish());
        Assert.Equal(0, driver.UsedIndex);
    }

    [Fact]
    public void A_broken_queue_works_again_when_it_is_made_anew()
    {
        using HostileSplitRing driver = new();
        driver.Offer(99);
        driver.BreaksWith(VirtqueueError.HeadOutOfRange);

        driver.AvailableIndex = 0;
        driver.Descriptor(3, Buffers, 8);
        driver.Offer(3);
        Virtqueue queue = driver.Start();
        var batch = new ChainBatch(4, ChainDirection.Both);
        Assert.Equal(1, queue.Pop(batch));
        queue.Complete(batch, 1);
        Assert.True(queue.Publish());
        Assert.Equal((3U, 0U), driver.Used(0));
    }

    [Theory]
    [InlineData(0, 0)] // used ring over the available ring
    [InlineData(1, 0)] // used ring over the descriptors
    [InlineData(2, 0)] // available ring over the descriptors
    [InlineData(0, 4)]
    [InlineData(0, 8)]
    public void Ring_areas_over_one_another_cost_bounded_work(int which, int shift)
    {
        using TestGuest guest = HostileMap.Create(16);
        VirtqueueSetup setup = RingSetup.At(new(RingAt), 16, VirtioFeatures.IndirectDescriptors);
        using HostileSplitRing driver = new(guest, setup);
        setup = which switch
        {
            0 => setup with { Device = new GuestAddress((setup.Driver.Value & ~3UL) + (ulong)shift) },
            1 => setup with { Device = setup.Descriptors },
            _ => setup with { Driver = setup.Descriptors },
        };
        for (int i = 0; i < 16; i++)
        {
            driver.Descriptor(i, setup.Device.Value & ~0xfUL, 64, Write);
            driver.Offer((ushort)i);
        }

        Assert.Equal(VirtqueueError.None, driver.TryStart(setup, out Virtqueue? queue));
        var batch = new ChainBatch(4, ChainDirection.Both);
        int round = 0;
        do
        {
            int chains = 0;
            while (queue!.Pop(batch) is > 0 and var count)
            {
                foreach (var segment in batch.Segments)
                {
                    segment.Span.Fill((byte)(round + 1));
                }

                queue.Complete(batch, count);
                chains += count;
            }

            Assert.InRange(chains, 0, 16);
            queue.Publish();
        }
        while (queue.EnableNotifications() && ++round < 1000);
    }
}
