using FastRing.Queues;
using FastRing.Spec;
using Xunit;
using static FastRing.DriverKit.HostileMap;
using static FastRing.Spec.DescriptorFlags;

namespace FastRing.Tests.Queues;

/// <summary>A look at a ring for people: it names what is there, changes nothing, and believes nothing.</summary>
public class RingSnapshotTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(VirtioFeatures.EventIndex)]
    [InlineData(VirtioFeatures.RingPacked)]
    [InlineData(VirtioFeatures.RingPacked | VirtioFeatures.EventIndex)]
    public void What_is_in_flight_and_what_waits_is_told_descriptor_by_descriptor(ulong features)
    {
        using var pair = new QueuePair(16, features);
        pair.Driver.TryAdd([new(new(0x100), 8)], [new(new(0x2000), 32)], 0);
        pair.Driver.TryAdd([new(new(0x300), 7)], [], 1);
        pair.Driver.Publish();
        var batch = new ChainBatch(1, ChainDirection.Both);
        Assert.Equal(1, pair.Device.Pop(batch));

        RingSnapshot ring = pair.Device.Snapshot();

        Assert.Equal(features != 0 && (features & VirtioFeatures.RingPacked) != 0, ring.IsPacked);
        Assert.Equal(16, ring.Size);
        ChainSnapshot taken = Assert.Single(ring.InFlight);
        Assert.Equal([new(0x100, 8, Next), new(0x2000, 32, Write)], taken.Descriptors.Select(Plain));
        ChainSnapshot waiting = Assert.Single(ring.Waiting);
        Assert.Equal([new(0x300, 7, None)], waiting.Descriptors.Select(Plain));
        Assert.False(taken.IsCut || waiting.IsCut);

        // It looked, and took nothing.
        Assert.Equal(1, pair.Device.Pop(new ChainBatch(1, ChainDirection.Both)));
        pair.Device.Complete(batch, 1);
        pair.Device.Publish();
        RingSnapshot after = pair.Device.Snapshot();
        Assert.Equal(after.Completed, after.Published);
        Assert.NotEqual(ring.Published, after.Published);
        Assert.Empty(after.Waiting);
    }

    [Fact]
    public void Long_rings_are_counted_and_their_first_chains_shown()
    {
        using var pair = new QueuePair(256, VirtioFeatures.RingPacked);
        for (ulong i = 0; i < 200; i++)
        {
            pair.Driver.TryAdd([new(new(i), 1)], [], i);
        }

        pair.Driver.Publish();

        RingSnapshot ring = pair.Device.Snapshot();

        Assert.Equal(200, ring.WaitingCount);
        Assert.Equal(RingSnapshot.MostChains, ring.Waiting.Count);
        Assert.Equal(Enumerable.Range(0, RingSnapshot.MostChains), ring.Waiting.Select(c => c.Place));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(16)]
    public void A_chain_that_bites_its_tail_is_shown_in_part(int length)
    {
        using HostileSplitRing driver = new();
        for (int i = 0; i < length; i++)
        {
            driver.Descriptor(i, Buffers, 8, Next, (ushort)((i + 1) % length));
        }

        driver.Offer(0);

        ChainSnapshot chain = Assert.Single(driver.Start().Snapshot().Waiting);
        Assert.True(chain.IsCut);
        Assert.Equal(RingSnapshot.MostDescriptors, chain.Descriptors.Count);
    }

    [Theory]
    [InlineData(16)]
    [InlineData(ushort.MaxValue)]
    public void A_head_beyond_the_table_is_shown_and_not_followed(int head)
    {
        using HostileSplitRing driver = new();
        driver.Offer((ushort)head);

        ChainSnapshot chain = Assert.Single(driver.Start().Snapshot().Waiting);
        Assert.Equal(head, chain.Id);
        Assert.True(chain.IsCut);
        Assert.Empty(chain.Descriptors);
    }

    [Theory]
    [InlineData(17)]
    [InlineData(ushort.MaxValue)]
    public void An_index_that_runs_ahead_of_the_ring_shows_no_more_than_the_ring_holds(int index)
    {
        using HostileSplitRing driver = new();
        Virtqueue queue = driver.Start();
        driver.AvailableIndex = (ushort)index;

        RingSnapshot ring = queue.Snapshot();

        Assert.Equal((ushort)index, ring.Available);
        Assert.Equal(16, ring.WaitingCount);
    }

    private static DescriptorSnapshot Plain(DescriptorSnapshot descriptor) => descriptor with { Flags = descriptor.Flags & (Next | Write) };
}
