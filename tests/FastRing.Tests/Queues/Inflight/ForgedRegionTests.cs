using FastRing.Interop;
using FastRing.Memory;
using FastRing.Queues;
using FastRing.Spec;
using Xunit;

namespace FastRing.Tests.Queues.Inflight;

/// <summary>Whoever else has the region writes to it what they like. Guard pages lie around the region and around guest memory.</summary>
public class ForgedRegionTests
{
    private const ushort Size = 8;
    private static readonly ulong[] Hostile = [0, 1, 0xff, 8, 9, 0x7fff, 0x8000, 0xffff, 0x1_0000, 0xffff_ffff, ulong.MaxValue / 2, ulong.MaxValue, 0x0008_0008_0008_0001, 0xffff_ffff_ffff_0001];

    [Theory]
    [InlineData(0)]
    [InlineData(VirtioFeatures.RingPacked)]
    public void Any_word_of_the_region_may_be_anything(ulong features)
    {
        int refused = 0;
        int served = 0;
        int words = InflightRegion.BytesFor(Size) / 8;
        for (int word = 0; word < words; word++)
        {
            for (int value = 0; value < Hostile.Length + 64; value++)
            {
                using InflightRing ring = InFlight(features);
                ulong old = ring.Region.Load(word * 8);
                ring.Region.Store(word * 8, value < Hostile.Length ? Hostile[value] : old ^ (1UL << (value - Hostile.Length)));
                VirtqueueError error = ring.TryStart(null, out Virtqueue? queue);
                Assert.True(error is VirtqueueError.None or VirtqueueError.BadInflightRegion or VirtqueueError.InflightMismatch, $"{error}");
                refused += error == VirtqueueError.None ? 0 : 1;
                served += error == VirtqueueError.None ? 1 : 0;
                UseUp(ring, queue);
            }
        }

        Assert.True(refused > 50 && served > 50, $"{refused} refused, {served} served");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(VirtioFeatures.RingPacked)]
    public void Regions_of_random_words_are_refused_or_harmless(ulong features)
    {
        var random = new Random(7);
        for (int round = 0; round < 3000; round++)
        {
            using InflightRing ring = InFlight(features);
            for (int changes = random.Next(1, 12); changes > 0; changes--)
            {
                int at = random.Next(ring.RegionBytes / 8) * 8;
                ulong small = Small() | (Small() << 16) | (Small() << 32) | (Small() << 48);
                ring.Region.Store(at, at == 8 ? (small & 0xffff_ffff_0000_0000) | 0x0008_0001 : small);
            }

            ring.TryStart(null, out Virtqueue? queue);
            UseUp(ring, queue);
        }

        ulong Small() => (uint)random.Next(10);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(VirtioFeatures.RingPacked)]
    public void A_region_that_is_rewritten_all_the_time_harms_nobody(ulong features)
    {
        using InflightRing ring = InFlight(features);
        using MappedRegion mapping = ring.MapAgain(out RecoveryArea theirs);
        bool ends = false;
        var writer = new Thread(() =>
        {
            var random = new Random(3);
            while (!Volatile.Read(ref ends))
            {
                int at = random.Next(1, ring.RegionBytes / 8) * 8;
                theirs.Store(at, at == 8 ? 0x0008_0001UL | ((ulong)random.NextInt64() << 32) : (ulong)random.NextInt64() & 0x000f_000f_000f_0001);
            }
        });
        writer.Start();
        try
        {
            for (int i = 0; i < 5000; i++)
            {
                ring.TryStart(null, out Virtqueue? queue);
                UseUp(ring, queue);
            }
        }
        finally
        {
            Volatile.Write(ref ends, true);
            writer.Join();
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(VirtioFeatures.RingPacked)]
    public void A_region_of_another_driver_s_ring_is_refused(ulong features)
    {
        using InflightRing ring = InFlight(features);
        ring.Pair.Guest.Span(QueuePair.RingAt, 128).Clear();
        ring.Pair.Guest.Memory.Window(ring.Pair.Setup.Driver, 4).Span.Clear();
        ring.Pair.Guest.Memory.Window(ring.Pair.Setup.Device, 4).Span.Clear();
        Assert.NotEqual(VirtqueueError.None, ring.TryStart(null, out _));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(VirtioFeatures.RingPacked)]
    public void A_region_for_fewer_entries_or_a_ring_of_another_size_is_refused(ulong features)
    {
        using InflightRing ring = InFlight(features);
        Assert.Equal(VirtqueueError.BadInflightRegion, Virtqueue.TryCreate(ring.Pair.Setup with { Size = 4, Inflight = ring.Region }, ring.Pair.Guest.Memory, out _));
        Assert.Equal(VirtqueueError.BadInflightRegion, Virtqueue.TryCreate(RingSetup.At(new(0), 64, features) with { Inflight = ring.Region }, ring.Pair.Guest.Memory, out _));
    }

    /// <summary>A process ended with some chains completed, some of them shown, and some in flight.</summary>
    private static InflightRing InFlight(ulong features)
    {
        var ring = new InflightRing(Size, features);
        Virtqueue device = ring.Start();
        for (ulong i = 0; i < 4; i++)
        {
            ring.Pair.Driver.TryAdd([new(new(i * 0x100), 8)], i == 2 ? [new(new(0x80), 8)] : [], i);
        }

        ring.Pair.Driver.Publish();
        DescriptorChain[] chains = new DescriptorChain[4];
        int segments = 0;
        Assert.Equal(4, device.PopBatch(chains, new IoVector[16], ref segments, ChainDirection.Both));
        device.Complete([chains[1]]);
        device.Publish();
        device.Complete([chains[3]]);
        return ring;
    }

    /// <summary>Whatever the device is handed lies in guest memory, and it comes to an end.</summary>
    private static void UseUp(InflightRing ring, Virtqueue? queue)
    {
        var batch = new ChainBatch(16, ChainDirection.Both);
        for (int i = 0; queue is not null && i < 8 && queue.Pop(batch) > 0; i++)
        {
            foreach (IoVector segment in batch.Segments)
            {
                Assert.True(ring.Pair.Guest.Contains(segment));
            }

            queue.Complete(batch, batch.Count / 2);
            queue.Publish();
            queue.PutBack(batch);
        }

        queue?.Leave();
    }
}
