using FastRing.Interop;
using FastRing.Queues;
using FastRing.Spec;
using Xunit;
using static FastRing.DriverKit.HostileMap;
using static FastRing.Spec.DescriptorFlags;

namespace FastRing.Tests.Queues;

/// <summary>What only a packed ring can be made to do: games with wrap counters, ids and slots in flight.</summary>
public class HostilePackedRingTests
{
    [Fact]
    public void Only_flags_that_fit_the_wrap_counter_make_a_descriptor_available()
    {
        using HostilePackedRing ring = new(5);
        var batch = new ChainBatch(1, ChainDirection.Both);
        for (int flags = 0; flags <= ushort.MaxValue; flags++)
        {
            var all = (DescriptorFlags)flags & ~(Next | Indirect);
            bool available = (all & DescriptorFlags.Available) != 0;
            bool used = (all & DescriptorFlags.Used) != 0;
            foreach (bool wrap in (bool[])[false, true])
            {
                // Not at 0: there, a base of 0 is taken for that of a fresh ring.
                int slot = 1 + (flags % 4);
                uint place = (uint)slot | (wrap ? 0x8000u : 0);
                ring.Descriptor(slot, Buffers, 8, 0, all);
                Virtqueue queue = ring.Start(place | (place << 16));
                bool expected = available == wrap && used != wrap;
                Assert.Equal(expected, queue.HasAvailable);
                batch.Clear();
                Assert.Equal(expected ? 1 : 0, queue.Pop(batch));
                Assert.Equal(VirtqueueError.None, queue.Error);
            }
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    [InlineData(16)]
    public void Descriptors_made_available_again_before_they_came_back_are_an_overrun(int size)
    {
        foreach (bool intoArrays in (bool[])[false, true])
        {
            using HostilePackedRing ring = new((ushort)size);
            Virtqueue queue = ring.Start();
            var popper = new Popper(queue, intoArrays, 64);
            ring.OfferGood(size);
            popper.TakeAll();
            Assert.Equal(size, popper.Chains.Count);
            Assert.Equal(VirtqueueError.None, queue.Error);

            ring.OfferGood(1);
            byte[] before = ring.Guest.Snapshot();
            popper.TakeAll();
            Assert.Equal(size, popper.Chains.Count);
            Assert.Equal(VirtqueueError.RingOverrun, queue.Error);
            queue.AssertDoesNothing(VirtqueueError.RingOverrun);
            Assert.True(ring.Guest.IsUnchangedSince(before));
        }
    }

    [Theory]
    [InlineData(2)]
    [InlineData(5)]
    public void A_chain_over_descriptors_that_did_not_come_back_is_an_overrun(int length)
    {
        using HostilePackedRing ring = new(16);
        Virtqueue queue = ring.Start();
        var batch = new ChainBatch(64, ChainDirection.Both);
        ring.OfferGood(16 - length + 1);
        Assert.Equal(16 - length + 1, queue.Pop(batch));
        ring.OfferChain([.. Enumerable.Repeat(new HostileBuffer(Buffers, 8), length)]);
        Assert.Equal(0, queue.Pop(batch));
        Assert.Equal(VirtqueueError.RingOverrun, queue.Error);
    }

    [Fact]
    public void Looking_alone_finds_an_overrun()
    {
        foreach (bool enable in (bool[])[false, true])
        {
            using HostilePackedRing ring = new(4);
            Virtqueue queue = ring.Start();
            ring.OfferGood(4);
            Assert.Equal(4, queue.Pop(new ChainBatch(4, ChainDirection.Both)));
            Assert.False(queue.HasAvailable);
            ring.OfferGood(1);
            Assert.False(enable ? queue.EnableNotifications() : queue.HasAvailable);
            Assert.Equal(VirtqueueError.RingOverrun, queue.Error);
        }
    }

    [Fact]
    public void A_driver_that_never_waits_for_its_buffers_cannot_keep_a_device_popping()
    {
        using HostilePackedRing ring = new(12);
        Virtqueue queue = ring.Start();
        var batch = new ChainBatch(4, ChainDirection.Both);
        int popped = 0;
        ring.OfferGood(1);
        while (queue.Pop(batch) is > 0 and var count)
        {
            popped += count;
            Assert.True(popped <= 12);
            queue.Complete(batch, count);
            ring.OfferGood(1);
        }

        Assert.Equal(12, popped);
        Assert.Equal(VirtqueueError.RingOverrun, queue.Error);
    }

    [Fact]
    public void What_came_back_may_be_made_available_at_once()
    {
        using HostilePackedRing ring = new(3);
        Virtqueue queue = ring.Start();
        var batch = new ChainBatch(4, ChainDirection.Both);
        ring.OfferGood(3);
        for (int i = 0; i < 20; i++)
        {
            Assert.Equal(i == 0 ? 3 : 1, queue.Pop(batch));
            queue.Complete(batch, 1);
            queue.Publish();
            ring.OfferGood(1);
        }

        Assert.Equal(VirtqueueError.None, queue.Error);
    }

    [Fact]
    public void An_id_that_is_in_flight_already_is_the_drivers_own_trouble()
    {
        using HostilePackedRing ring = new(8);
        Virtqueue queue = ring.Start();
        var batch = new ChainBatch(8, ChainDirection.Both);
        for (int i = 0; i < 3; i++)
        {
            ring.OfferChain(7, new HostileBuffer(Buffers, 8, Write));
        }

        Assert.Equal(3, queue.Pop(batch));
        batch[1].Written = 5;
        queue.Complete(batch, 3);
        queue.Publish();
        Assert.Equal([(7, 0U), (7, 5U), (7, 0U)], Enumerable.Range(0, 3).Select(slot => ((int)ring.Element(slot).Id, ring.Element(slot).Length)));
        Assert.All(Enumerable.Range(0, 3), slot => Assert.Equal(HostilePackedRing.UsedAt(true), ring.Flags(slot) & HostilePackedRing.UsedAt(true)));
    }

    [Fact]
    public void The_id_that_counts_is_the_last_descriptors()
    {
        using HostilePackedRing ring = new(8);
        ring.OfferChain(4, new HostileBuffer(Buffers, 8), new HostileBuffer(Buffers, 8), new HostileBuffer(Buffers, 8));
        ring.Guest.Write16(ring.Setup.Descriptors.Value + 12, 0xffff);
        ring.Guest.Write16(ring.Setup.Descriptors.Value + 16 + 12, 8);
        var batch = new ChainBatch(8, ChainDirection.Both);
        Assert.Equal(1, ring.Start().Pop(batch));
        Assert.Equal((4, 3), (batch[0].Id, batch[0].Slots));
    }

    [Fact]
    public void Descriptors_written_over_while_they_are_in_flight_do_not_move_what_was_popped()
    {
        using HostilePackedRing ring = new(8);
        Virtqueue queue = ring.Start();
        var batch = new ChainBatch(8, ChainDirection.Both);
        ring.OfferChain(2, new HostileBuffer(Buffers, 8), new HostileBuffer(Buffers + 64, 8, Write));
        Assert.Equal(1, queue.Pop(batch));
        for (int slot = 0; slot < 8; slot++)
        {
            ring.Descriptor(slot, Hole, uint.MaxValue, ushort.MaxValue, Next | Indirect | DescriptorFlags.Used);
        }

        byte[] before = ring.Guest.Snapshot();
        Assert.Equal([ring.Guest.Host(Buffers), ring.Guest.Host(Buffers + 64)], batch.Segments.ToArray().Select(s => s.Address));
        batch[0].Written = 3;
        queue.Complete(batch, 1);
        Assert.True(ring.Guest.IsUnchangedSince(before), "seen before it is published");
        queue.Publish();
        Assert.Equal((2, 3U), (ring.Element(0).Id, ring.Element(0).Length));
        Assert.Equal(HostilePackedRing.UsedAt(true) | Write, ring.Flags(0));
        Assert.Equal(Next | Indirect | DescriptorFlags.Used, ring.Flags(1));
    }

    [Fact]
    public void In_a_table_all_flags_but_write_and_indirect_are_ignored_and_entries_follow_one_another()
    {
        using HostilePackedRing ring = new(8);
        for (int i = 0; i < 4; i++)
        {
            ring.Entry(Table, i, Buffers + (16UL * (ulong)i), 8, (DescriptorFlags)(0xfff8 | (i & 1)) | (i >= 2 ? Write : None), last: 0xffff);
        }

        ring.OfferChain(new HostileBuffer(Table, 64, Indirect | Write));
        var batch = new ChainBatch(8, ChainDirection.Both);
        Assert.Equal(1, ring.Start().Pop(batch));
        Assert.Equal((2, 2, 1), (batch[0].ReadableSegments, batch[0].WritableSegments, batch[0].Slots));
        Assert.Equal(Enumerable.Range(0, 4).Select(i => ring.Guest.Host(Buffers + (16UL * (ulong)i))), batch.Segments.ToArray().Select(s => s.Address));
    }

    [Theory]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(true, true)]
    public void Ring_areas_over_one_another_cost_bounded_work(bool driver, bool device)
    {
        using TestGuest guest = HostileMap.Create(16);
        VirtqueueSetup setup = RingSetup.At(new(RingAt), 16, VirtioFeatures.RingPacked | VirtioFeatures.EventIndex);
        setup = setup with
        {
            Driver = driver ? new(setup.Descriptors.Value + 8) : setup.Driver,
            Device = device ? new(setup.Descriptors.Value + 12) : setup.Device,
        };
        HostilePackedRing ring = new(guest, setup);
        Virtqueue queue = ring.Start();
        var batch = new ChainBatch(4, ChainDirection.Both);
        for (int i = 0; i < 16; i++)
        {
            ring.OfferChain(new HostileBuffer(setup.Descriptors.Value & ~0xfUL, 256, Write)); // the ring itself
        }

        int round = 0;
        do
        {
            int chains = 0;
            while (queue.Pop(batch) is > 0 and var count)
            {
                foreach (IoVector segment in batch.Segments)
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
