using System.Diagnostics;
using FastRing.Interop;
using FastRing.Queues;
using FastRing.Spec;
using Xunit;
using static FastRing.DriverKit.HostileMap;

namespace FastRing.Tests.Queues;

/// <summary>A driver that rewrites its ring all the time the device reads it.</summary>
[Collection(nameof(Alone))]
public class RacingDriverTests
{
    private const int LeastPops = 50_000;
    private static readonly TimeSpan s_most = TimeSpan.FromSeconds(5);

    [Theory]
    [InlineData(0UL)]
    [InlineData(VirtioFeatures.IndirectDescriptors)]
    [InlineData(VirtioFeatures.RingPacked)]
    [InlineData(VirtioFeatures.RingPacked | VirtioFeatures.IndirectDescriptors)]
    public void Whatever_is_rewritten_between_check_and_use_no_segment_leaves_guest_memory(ulong features)
    {
        using HostileRing ring = HostileRing.Create(16, features);
        ring.OfferTable(Table, 16);
        ring.OfferGood(15);
        using var mutator = new RingMutator(ring, seed: 9);
        HashSet<VirtqueueError> expected = [.. ExpectedOf(features)];
        HashSet<VirtqueueError> seen = [];
        long start = Stopwatch.GetTimestamp();
        for (int i = 0; (i < LeastPops || !seen.IsSupersetOf(expected)) && Stopwatch.GetElapsedTime(start) < s_most; i++)
        {
            seen.Add(PopOnce(ring, i));
        }

        Assert.Empty(expected.Except(seen));
        Assert.True(mutator.Writes > 0);
    }

    [Theory]
    [InlineData(0UL)]
    [InlineData(VirtioFeatures.RingPacked)]
    public void The_length_that_was_checked_is_the_length_that_is_used(ulong features)
    {
        using HostileRing ring = HostileRing.Create(16, features);
        ring.OfferGood(1);
        ulong length = ring.Setup.Descriptors.Value + 8;
        using var mutator = new RingMutator(
            random =>
            {
                ring.Guest.Write32(length, 8);
                ring.Guest.Write32(length, 0xffff_fff0);
            },
            seed: 1);
        HashSet<VirtqueueError> seen = [];
        for (int i = 0; i < 4 * LeastPops; i++)
        {
            seen.Add(PopOnce(ring, i & 16));
        }

        Assert.Equal([VirtqueueError.None, VirtqueueError.BufferNotMapped], seen.Order());
    }

    private static VirtqueueError[] ExpectedOf(ulong features) => [
        VirtqueueError.None, VirtqueueError.BufferNotMapped, VirtqueueError.ReadableAfterWritable, VirtqueueError.IndirectNotAllowed,
        .. (features & VirtioFeatures.RingPacked) != 0
            ? (VirtqueueError[])[VirtqueueError.ChainNotAvailable, VirtqueueError.BufferIdOutOfRange]
            : [VirtqueueError.NextOutOfRange, VirtqueueError.AvailableIndexJumped],
        .. (features & VirtioFeatures.IndirectDescriptors) != 0 ? (VirtqueueError[])[VirtqueueError.IndirectTableSize] : [],
    ];

    private static VirtqueueError PopOnce(HostileRing ring, int i)
    {
        // Any place to begin, of either round where there are rounds.
        uint place = (uint)i & 0xf;
        Virtqueue queue = ring.Start(ring is HostilePackedRing ? 0x8000_8000 | place | (place << 16) : place);
        var popper = new Popper(queue, intoArrays: (i & 16) != 0, atOnce: 8);
        popper.TakeSome();
        foreach (IoVector segment in popper.Chains.SelectMany(chain => chain))
        {
            Assert.True(ring.Guest.Contains(segment), "a segment outside of guest memory");
            Assert.NotEqual((nuint)0, segment.Length);
        }

        return queue.Error;
    }
}
