using FastRing.Queues;
using FastRing.Spec;
using Xunit;

namespace FastRing.Tests.Queues;

/// <summary>Devices and drivers that don't keep to what the members ask of them: they are told, and nothing outside of the ring is written.</summary>
public class CarelessDeviceTests
{
    public static TheoryData<ulong> Variants =>
        [0, VirtioFeatures.InOrder, VirtioFeatures.RingPacked, VirtioFeatures.RingPacked | VirtioFeatures.InOrder];

    [Theory]
    [MemberData(nameof(Variants))]
    public void A_chain_is_given_back_once(ulong features)
    {
        using var pair = new QueuePair(16, features);
        var batch = new ChainBatch(8, ChainDirection.Readable);
        pair.Driver.TryAdd(new DriverBuffer(new(0), 8), writable: false, 1);
        pair.Driver.Publish();
        pair.Device.Pop(batch);
        DescriptorChain chain = batch[0];
        pair.Device.Complete([chain]);

        Assert.Throws<InvalidOperationException>(() => pair.Device.Complete([chain]));
        Assert.Throws<InvalidOperationException>(() => pair.Device.Complete([chain, chain]));
        pair.Device.Publish();
        Assert.True(pair.Driver.TryTakeUsed(out _));
        Assert.False(pair.Driver.TryTakeUsed(out _));
    }

    [Theory]
    [InlineData(VirtioFeatures.RingPacked)]
    [InlineData(VirtioFeatures.RingPacked | VirtioFeatures.InOrder)]
    public void A_long_chain_of_another_ring_does_not_lead_out_of_a_short_one(ulong features)
    {
        using var large = new QueuePair(1000, features, indirectEntries: 0);
        using var small = new QueuePair(4, features);
        var batch = new ChainBatch(1, ChainDirection.Readable);
        Assert.True(large.Driver.TryAdd(new DriverBuffer[900].Select(_ => new DriverBuffer(new(0), 1)).ToArray(), [], 1));
        large.Driver.Publish();
        Assert.Equal(1, large.Device.Pop(batch));
        DescriptorChain chain = batch[0];
        byte[] before = small.Guest.Snapshot();

        Assert.Throws<InvalidOperationException>(() => small.Device.Complete([chain, chain]));
        small.Device.Publish();
        Assert.True(before.AsSpan().SequenceEqual(small.Guest.Snapshot()));
    }

    [Theory]
    [InlineData(0UL)]
    [InlineData(VirtioFeatures.RingPacked)]
    public void A_broken_driver_does_not_say_that_there_is_more(ulong features)
    {
        using var pair = new QueuePair(4, features);
        pair.Driver.TryAdd(new DriverBuffer(new(0), 8), writable: false, 1);
        pair.Driver.Publish();
        if (features == 0)
        {
            pair.Guest.Write16(pair.Setup.Device.Value + 2, 1000);
        }
        else
        {
            // len 0, id 9, AVAIL and USED as in a descriptor that is used.
            pair.Guest.Write64(pair.Setup.Descriptors.Value + 8, 0x8080_0009_0000_0000);
        }

        Assert.False(pair.Driver.TryTakeUsed(out _));
        Assert.True(pair.Driver.IsBroken);
        Assert.False(pair.Driver.EnableNotifications());
    }

    [Fact]
    public void A_table_of_less_than_nothing_is_refused() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => DriverVirtqueue.BytesFor(16, VirtioFeatures.IndirectDescriptors, -1));
}
