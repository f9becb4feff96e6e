using FastRing.Queues;
using FastRing.Spec;
using Xunit;

namespace FastRing.Tests.Queues;

[Collection(nameof(Alone))]
public class AllocationTests
{
    [Theory]
    [MemberData(nameof(RingVariants.All), MemberType = typeof(RingVariants))]
    public void A_million_buffers_there_and_back_allocate_nothing(ulong features)
    {
        using var pair = new QueuePair(256, features, 4);
        var read = new ChainBatch(64, ChainDirection.Readable);
        var write = new ChainBatch(64, ChainDirection.Writable);
        GoRound(pair, read, write, 20_000);

        int collections = GC.CollectionCount(0);
        long before = GC.GetAllocatedBytesForCurrentThread();
        int buffers = GoRound(pair, read, write, 1_000_000);
        long after = GC.GetAllocatedBytesForCurrentThread();

        Assert.True(buffers >= 1_000_000);
        Assert.Equal(0, after - before);
        Assert.Equal(0, GC.CollectionCount(0) - collections);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(VirtioFeatures.EventIndex)]
    [InlineData(VirtioFeatures.RingPacked)]
    [InlineData(VirtioFeatures.RingPacked | VirtioFeatures.InOrder)]
    public void A_million_buffers_of_which_is_kept_what_is_in_flight_allocate_nothing(ulong features)
    {
        using var ring = new Inflight.InflightRing(256, features);
        Virtqueue device = ring.Start();
        var read = new ChainBatch(64, ChainDirection.Readable);
        var write = new ChainBatch(64, ChainDirection.Writable);
        GoRound(ring.Pair, read, write, 20_000, device);

        long before = GC.GetAllocatedBytesForCurrentThread();
        int buffers = GoRound(ring.Pair, read, write, 1_000_000, device);
        long after = GC.GetAllocatedBytesForCurrentThread();

        Assert.True(buffers >= 1_000_000);
        Assert.Equal(0, after - before);
    }

    private static int GoRound(QueuePair pair, ChainBatch read, ChainBatch write, int buffers, Virtqueue? device = null)
    {
        device ??= pair.Device;

        // One buffer lies over the border between two regions.
        ReadOnlySpan<DriverBuffer> readable = [new(new(0x100), 60), new(new(QueuePair.Border - 10), 20)];
        ReadOnlySpan<DriverBuffer> writable = [new(new(0x9_0000), 100)];
        int done = 0;
        for (int round = 0; done < buffers; round++)
        {
            bool sends = (round & 1) == 0;
            while (pair.Driver.TryAdd(sends ? readable : [], sends ? [] : writable, (ulong)done))
            {
                done += sends ? readable.Length : writable.Length;
            }

            pair.Driver.Publish();
            device.SuppressNotifications();
            while (device.Pop(sends ? read : write) > 0)
            {
                if (sends)
                {
                    device.Complete(read, read.Consume(33));
                    device.Complete(read, read.Consume((nuint)(80 * read.Count) - read.HeadConsumed));
                }
                else
                {
                    device.Complete(write, write.Fill(33));
                    device.Complete(write, write.Fill((nuint)(100 * write.Count)));
                }
            }

            device.PublishAndNotify();
            device.EnableNotifications();
            while (pair.Driver.TryTakeUsed(out _))
            {
            }

            pair.Driver.EnableNotifications();
        }

        return done;
    }
}
