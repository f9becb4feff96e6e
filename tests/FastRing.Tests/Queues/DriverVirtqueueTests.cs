using FastRing.Queues;
using FastRing.Spec;
using Xunit;

namespace FastRing.Tests.Queues;

public class DriverVirtqueueTests
{
    private const ulong UsedRing = 256 + 128; // of a ring of 16 entries

    [Theory]
    [InlineData(16U)] // beyond the ring
    [InlineData(uint.MaxValue)]
    [InlineData(5U)] // never offered
    [InlineData(1U)] // inside a chain, not its head
    [InlineData(0x1_0000U)]
    public void A_used_element_that_was_never_offered_breaks_the_driver(uint id)
    {
        using var pair = new QueuePair(16, 0);
        Assert.True(pair.Driver.TryAdd([new(new(0), 1), new(new(8), 1)], [], 1));
        pair.Driver.Publish();
        Use(pair, 0, id);

        Assert.False(pair.Driver.TryTakeUsed(out _));
        Assert.True(pair.Driver.IsBroken);
        Assert.False(pair.Driver.TryAdd([new(new(0), 1)], [], 2));
        Assert.False(pair.Driver.Publish());
    }

    [Fact]
    public void A_chain_given_back_twice_breaks_the_driver()
    {
        using var pair = new QueuePair(16, 0);
        Assert.True(pair.Driver.TryAdd([new(new(0), 1)], [], 1));
        pair.Driver.Publish();
        Use(pair, 0, 0);
        Assert.True(pair.Driver.TryTakeUsed(out _));
        Use(pair, 1, 0);
        Assert.False(pair.Driver.TryTakeUsed(out _));
        Assert.True(pair.Driver.IsBroken);
    }

    [Fact]
    public void Chains_may_come_back_in_any_order()
    {
        using var pair = new QueuePair(16, 0);
        var random = new Random(5);
        var heads = new Dictionary<uint, ulong>();
        int used = 0;
        for (ulong token = 0; token < 2000; token++)
        {
            var buffers = new DriverBuffer[random.Next(1, 4)];
            if (pair.Driver.TryAdd(buffers, [], token))
            {
                pair.Driver.Publish();
                ulong slot = QueuePair.RingAt + 256 + 4 + (2 * ((token - Missed) & 15));
                heads.Add(pair.Guest.Read16(slot), token);
            }
            else
            {
                Missed++;
                uint head = heads.Keys.ElementAt(random.Next(heads.Count));
                Use(pair, used++, head);
                Assert.True(pair.Driver.TryTakeUsed(out UsedBuffer back));
                Assert.Equal(heads[head], back.Token);
                heads.Remove(head);
            }
        }

        Assert.False(pair.Driver.IsBroken);
    }

    private ulong Missed { get; set; }

    [Fact]
    public void Chains_longer_than_the_indirect_tables_are_direct()
    {
        using var pair = new QueuePair(16, VirtioFeatures.IndirectDescriptors, indirectEntries: 3);
        Assert.True(pair.Driver.TryAdd(new DriverBuffer[3], [], 1));
        Assert.Equal(15, pair.Driver.Free);
        Assert.True(pair.Driver.TryAdd(new DriverBuffer[2], new DriverBuffer[2], 2));
        Assert.Equal(11, pair.Driver.Free);
        Assert.True(pair.Driver.TryAdd(new DriverBuffer[1], [], 3));
        Assert.Equal(10, pair.Driver.Free);
        Assert.False(pair.Driver.TryAdd(new DriverBuffer[11], [], 4));
        Assert.False(pair.Driver.TryAdd([], [], 4));
        Assert.True(pair.Driver.TryAdd(new DriverBuffer[10], [], 4));
    }

    private static void Use(QueuePair pair, int index, uint id)
    {
        ulong used = QueuePair.RingAt + UsedRing;
        pair.Guest.Write32(used + 4 + (8UL * (ulong)(index & 15)), id);
        pair.Guest.Write16(used + 2, (ushort)(index + 1));
    }
}
