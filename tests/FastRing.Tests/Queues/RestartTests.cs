using FastRing.Queues;
using Xunit;

namespace FastRing.Tests.Queues;

/// <summary>A ring that stops and is started again by the same device, another process or another host.</summary>
public class RestartTests
{
    [Theory]
    [MemberData(nameof(RingVariants.All), MemberType = typeof(RingVariants))]
    public void A_queue_goes_on_at_its_base_without_losing_or_repeating_a_chain(ulong features)
    {
        var random = new Random((int)(features >> 24));
        using var pair = new QueuePair(64, features);
        ulong added = 0;
        ulong taken = 0;
        uint expectedBase = 0;
        while (taken < 150_000)
        {
            var batch = new ChainBatch(64, ChainDirection.Both);
            while (pair.Driver.TryAdd([new(new(added % 0x1000), 8)], [new(new(0x2000), 8)], added))
            {
                added++;
            }

            pair.Driver.Publish();
            pair.Device.Pop(batch);
            int completed = random.Next(batch.Count + 1);
            pair.Device.Complete(batch, completed);
            expectedBase = (ushort)(expectedBase + (uint)completed);
            pair.Device.Publish();

            // The other popped chains are forgotten here and popped again by the next device.
            Assert.Equal(expectedBase, pair.Device.Base);
            pair.Restart(pair.Device.Base);
            while (pair.Driver.TryTakeUsed(out UsedBuffer used))
            {
                Assert.Equal(taken++, used.Token);
            }
        }
    }

    [Fact]
    public void Base_is_the_oldest_chain_not_completed()
    {
        using var pair = new QueuePair(16, 0);
        for (ulong i = 0; i < 5; i++)
        {
            pair.Driver.TryAdd([new(new(0), 1)], [], i);
        }

        pair.Driver.Publish();
        var batch = new ChainBatch(16, ChainDirection.Both);
        Assert.Equal(5, pair.Device.Pop(batch));
        Assert.Equal(0U, pair.Device.Base);
        pair.Device.Complete(batch, 2);
        Assert.Equal(2U, pair.Device.Base);

        pair.Device.Publish();
        Assert.Equal(3, pair.Restart(2).Pop(new ChainBatch(16, ChainDirection.Both)));
    }

    [Fact]
    public void A_base_behind_or_before_the_driver_breaks_the_queue_and_nothing_else()
    {
        using var pair = new QueuePair(16, 0);
        pair.Driver.TryAdd([new(new(0), 1)], [], 0);
        pair.Driver.Publish();
        foreach (uint wrong in new uint[] { 2, 0x8000, 0xfff0 })
        {
            Virtqueue queue = pair.Restart(wrong);
            Assert.Equal(0, queue.Pop(new ChainBatch(16, ChainDirection.Both)));
            Assert.Equal(VirtqueueError.AvailableIndexJumped, queue.Error);
        }
    }

    [Fact]
    public void Chains_put_back_are_popped_again_by_the_same_queue()
    {
        using var pair = new QueuePair(16, 0);
        for (ulong i = 0; i < 6; i++)
        {
            pair.Driver.TryAdd([new(new(i * 0x100), 10)], [], i);
        }

        pair.Driver.Publish();
        var batch = new ChainBatch(4, ChainDirection.Readable);
        Assert.Equal(4, pair.Device.Pop(batch));
        pair.Device.Complete(batch, batch.Consume(25));
        Assert.Equal((2, (nuint)5), (batch.Count, batch.HeadConsumed));

        pair.Device.PutBack(batch);
        Assert.Equal((0, (nuint)0, 2U), (batch.Count, batch.HeadConsumed, pair.Device.Base));
        Assert.True(pair.Device.HasAvailable);
        Assert.Equal(4, pair.Device.Pop(batch));
        Assert.Equal(pair.Guest.Memory.Window(new(0x200), 1).Address, batch.Segments[0].Address);
        Assert.Equal(4, batch.Consume(40));
    }
}
