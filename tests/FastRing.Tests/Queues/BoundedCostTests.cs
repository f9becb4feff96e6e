using FastRing.Interop;
using FastRing.Queues;
using FastRing.Spec;
using FastRing.Tests.Memory;
using Xunit;
using static FastRing.DriverKit.HostileMap;
using static FastRing.Spec.DescriptorFlags;

namespace FastRing.Tests.Queues;

/// <summary>What a bad chain costs: no more than a good one of the ring's size.</summary>
public class BoundedCostTests
{
    private static readonly IoVector s_untouched = new(0x1234, 0x5678);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(64)]
    [InlineData(32768)]
    public void A_chain_without_an_end_is_left_after_as_many_descriptors_as_the_ring_has(int size)
    {
        foreach (HostileRing ring in Rings(size))
        {
            using (ring)
            {
                OfferEndless(ring);
                Assert.Equal(size, SegmentsWritten(ring, 3 * size, VirtqueueError.ChainTooLong));
                Assert.Equal(0, ring.Start().Pop(new ChainBatch(4, ChainDirection.Both)));
            }
        }
    }

    [Theory]
    [InlineData(64, 1024)]
    [InlineData(4096, 4096)]
    public void A_table_without_an_end_is_left_after_as_many_entries_as_it_has(int size, int longest)
    {
        using HostileSplitRing ring = new((ushort)size);
        ring.OfferTable(0, longest);
        ring.Entry(0, longest - 1, Buffers, 8, Next, 0);
        Assert.Equal(longest, SegmentsWritten(ring, 3 * longest, VirtqueueError.ChainTooLong));
    }

    [Fact]
    public void A_chain_without_an_end_takes_no_more_memory_than_the_longest_good_one()
    {
        foreach (HostileRing ring in Rings(1024))
        {
            using (ring)
            {
                OfferEndless(ring);
                ring.Start().Pop(new ChainBatch(4, ChainDirection.Both)); // What is made once only is made.
                long bad = AllocatedBytes(ring, VirtqueueError.ChainTooLong);
                EndChain(ring);
                long good = AllocatedBytes(ring, VirtqueueError.None);
                Assert.True(good >= 1024 * 16, "the good chain did not fill the batch");
                Assert.True(bad <= good, $"{bad} bytes for the bad chain, {good} for the good one");
            }
        }
    }

    [Fact]
    public void Popping_touches_no_buffer_and_no_table_that_is_refused()
    {
        foreach (HostileRing ring in Rings(16))
        {
            using (ring)
            {
                nint large = ring.Guest.Host(Large);
                ring.OfferChain(new HostileBuffer(Large, LargeBytes), new HostileBuffer(Large, LargeBytes, Write));
                ring.OfferChain(new HostileBuffer(Large, 16 * 1025, Indirect));
                Virtqueue queue = ring.Start();
                Assert.Equal(1, queue.Pop(new ChainBatch(4, ChainDirection.Both)));
                Assert.Equal(VirtqueueError.IndirectTableSize, queue.Error);
                Assert.Equal(0, ProcessMaps.ResidentBytes(large));

                ring.Guest.Span(Large, 1)[0] = 1;
                Assert.NotEqual(0, ProcessMaps.ResidentBytes(large)); // Or the figure means nothing.
            }
        }
    }

    [Fact]
    public void A_chain_of_more_pieces_than_the_array_has_breaks_the_queue_only_if_nothing_else_is_in_it()
    {
        foreach (HostileRing ring in Rings(16))
        {
            using (ring)
            {
                ring.OfferChain([.. Enumerable.Repeat(new HostileBuffer(Border - 4, 8), 4)]); // 8 pieces
                Virtqueue queue = ring.Start();
                var segments = new IoVector[8];
                int used = 1;
                Assert.Equal(0, queue.PopBatch(new DescriptorChain[4], segments, ref used, ChainDirection.Both));
                Assert.Equal((1, VirtqueueError.None), (used, queue.Error));

                used = 0;
                Assert.Equal(0, queue.PopBatch(new DescriptorChain[4], segments.AsSpan(0, 7), ref used, ChainDirection.Both));
                Assert.Equal((0, VirtqueueError.TooManySegments), (used, queue.Error));

                queue = ring.Start();
                Assert.Equal(1, queue.PopBatch(new DescriptorChain[4], segments, ref used, ChainDirection.Both));
                Assert.Equal((8, VirtqueueError.None), (used, queue.Error));
            }
        }
    }

    private static IEnumerable<HostileRing> Rings(int size) => [new HostileSplitRing((ushort)size), new HostilePackedRing((ushort)size)];

    private static void OfferEndless(HostileRing ring)
    {
        ring.OfferChain([.. Enumerable.Repeat(new HostileBuffer(Buffers, 8, Next), ring.Size)]); // A split ring's last goes on with 0.
    }

    private static void EndChain(HostileRing ring)
    {
        ulong flags = ring.Setup.Descriptors.Value + (16UL * (ulong)(ring.Size - 1)) + (ring is HostilePackedRing ? 14UL : 12);
        ring.Guest.Write16(flags, (ushort)(ring.Guest.Read16(flags) & ~(ushort)Next));
    }

    /// <summary>How far a walk that fails got: it writes a segment for each descriptor it reads.</summary>
    private static int SegmentsWritten(HostileRing ring, int room, VirtqueueError error)
    {
        var segments = new IoVector[room];
        segments.AsSpan().Fill(s_untouched);
        int used = 0;
        Virtqueue queue = ring.Start();
        Assert.Equal(0, queue.PopBatch(new DescriptorChain[4], segments, ref used, ChainDirection.Both));
        Assert.Equal(error, queue.Error);
        return segments.Count(segment => segment.Address != s_untouched.Address);
    }

    private static long AllocatedBytes(HostileRing ring, VirtqueueError error)
    {
        Virtqueue queue = ring.Start();
        var batch = new ChainBatch(4, ChainDirection.Both);
        long before = GC.GetAllocatedBytesForCurrentThread();
        queue.Pop(batch);
        long bytes = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.Equal(error, queue.Error);
        return bytes;
    }
}
