using FastRing.Interop;
using FastRing.Memory;
using FastRing.Queues;
using FastRing.Spec;
using Xunit;

namespace FastRing.Tests.Queues.Inflight;

/// <summary>A process that ends before any one of its stores, and another that goes on from what it left.</summary>
public class CrashPointTests
{
    private const int Seeds = 8;

    public static TheoryData<ulong, bool> Rings => [.. from packed in (ulong[])[0, VirtioFeatures.RingPacked]
                                                       from events in (ulong[])[0, VirtioFeatures.EventIndex]
                                                       from order in (int[])[0, 1, 2]
                                                       select new TheoryDataRow<ulong, bool>(packed | events | (order == 2 ? VirtioFeatures.InOrder : 0), order > 0)];

    [Theory]
    [MemberData(nameof(Rings))]
    public void Whenever_a_process_ends_every_chain_is_completed_once_and_in_its_order(ulong features, bool inOrder)
    {
        int points = 0;
        for (int seed = 0; seed < Seeds; seed++)
        {
            for (int kill = 0; ; kill++)
            {
                using var run = new InflightRun(features, inOrder, seed, kill);
                Assert.Null(Record.Exception(run.Run) is { } fault ? $"seed {seed}, store {kill}: {fault.Message}" : null);
                if (run.Killed == 0)
                {
                    break;
                }

                points++;
            }
        }

        Assert.True(points > Seeds * 60, $"{points} points only");
    }

    [Theory]
    [MemberData(nameof(Rings))]
    public void A_process_that_ends_while_it_recovers_leaves_the_next_no_less(ulong features, bool inOrder)
    {
        int twice = 0;
        for (int kill = 20; kill < 80; kill += 3)
        {
            for (int again = 0; again < 60; again++)
            {
                using var run = new InflightRun(features, inOrder, kill % 5, kill, again, again / 2);
                Assert.Null(Record.Exception(run.Run) is { } fault ? $"store {kill}, then {again}: {fault.Message}" : null);
                twice += run.Killed == 3 ? 1 : 0;
            }
        }

        Assert.True(twice > 100, $"{twice} only");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(VirtioFeatures.RingPacked)]
    public void The_base_after_a_start_is_what_the_driver_was_shown(ulong features)
    {
        using var ring = new InflightRing(8, features);
        Virtqueue device = ring.Start();
        var batch = new ChainBatch(8, ChainDirection.Both);
        for (ulong i = 0; i < 6; i++)
        {
            ring.Pair.Driver.TryAdd([new(new(i * 0x100), 8)], [], i);
        }

        ring.Pair.Driver.Publish();
        Assert.Equal(6, device.Pop(batch));
        device.Complete(batch, 2);
        device.Publish();
        uint shown = device.Base;
        device.Complete(batch, 3);
        Assert.NotEqual(shown, device.Base);

        Virtqueue next = ring.Start();
        Assert.Equal(shown, next.Base);
        Assert.Equal(4, next.Pop(new ChainBatch(8, ChainDirection.Both)));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(VirtioFeatures.RingPacked)]
    public void Chains_put_back_are_popped_again_and_no_other_is_lost(ulong features)
    {
        using var ring = new InflightRing(8, features);
        Virtqueue device = ring.Start();
        var batch = new ChainBatch(4, ChainDirection.Readable);
        for (ulong i = 0; i < 8; i++)
        {
            ring.Pair.Driver.TryAdd([new(new(i * 0x100), 8)], [], i);
        }

        ring.Pair.Driver.Publish();
        Assert.Equal(4, device.Pop(batch));
        device.Complete(batch, 1);
        device.PutBack(batch); // With one completed, and not published.
        for (int i = 1; i < 8; i++)
        {
            var one = new ChainBatch(1, ChainDirection.Readable);
            Assert.Equal(1, device.Pop(one));
            Assert.Equal(ring.Pair.Guest.Host((ulong)i * 0x100), one.Segments[0].Address);
            device.Complete(one, 1);
        }

        device.Publish();
        for (ulong i = 0; i < 8; i++)
        {
            Assert.True(ring.Pair.Driver.TryTakeUsed(out UsedBuffer used));
            Assert.Equal(i, used.Token);
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(VirtioFeatures.RingPacked)]
    public void What_a_recovery_writes_to_the_ring_is_marked_in_the_log(ulong features)
    {
        const int PageBytes = (int)DirtyLog.PageBytes;
        using var ring = new InflightRing(8, features);
        Virtqueue device = ring.Start();
        for (ulong i = 0; i < 4; i++)
        {
            ring.Pair.Driver.TryAdd([new(new(i * 0x100), 8)], [], i);
        }

        ring.Pair.Driver.Publish();
        DescriptorChain[] chains = new DescriptorChain[4];
        int segments = 0;
        Assert.Equal(4, device.PopBatch(chains, new IoVector[8], ref segments, ChainDirection.Both));
        device.Complete([chains[3], chains[1]]); // And never published: on a packed ring a used element is left.
        using OwnedFd file = MemFd.Create("fastring-test", PageBytes);
        using DirtyLog log = DirtyLog.Map(file, 0, PageBytes);
        byte[] before = ring.Pair.Guest.Snapshot();
        Assert.Equal(VirtqueueError.None, ring.TryStart(null, out _, new RingLog(log, ring.Pair.Guest.Memory, Buffers: true, ring.Pair.Setup.Device)));
        byte[] after = ring.Pair.Guest.Snapshot();
        int[] differ = [.. Enumerable.Range(0, before.Length).Where(i => before[i] != after[i]).Select(i => i / PageBytes).Distinct()];
        Assert.Equal(features == 0 ? [] : [(int)(QueuePair.RingAt / PageBytes)], differ);
        Assert.Equal(features == 0 ? 0u : 1u, log.Take(QueuePair.RingAt / PageBytes)); // The first of 32.
    }

    [Fact]
    public void A_buffer_id_that_is_in_flight_breaks_a_packed_ring_of_which_something_is_kept()
    {
        using var ring = new InflightRing(8, VirtioFeatures.RingPacked);
        Virtqueue device = ring.Start();
        ring.Pair.Driver.TryAdd([new(new(0), 8)], [], 0);
        ring.Pair.Driver.TryAdd([new(new(0), 8)], [], 1);
        ring.Pair.Driver.Publish();
        ulong second = ring.Pair.Setup.Descriptors.Value + 16;
        ring.Pair.Guest.Write16(second + 12, ring.Pair.Guest.Read16(second - 4)); // The id of the first.
        var batch = new ChainBatch(8, ChainDirection.Both);
        Assert.Equal(1, device.Pop(batch));
        Assert.Equal(VirtqueueError.BufferIdInFlight, device.Error);
        Assert.Single(batch.Segments.ToArray());
        device.Complete(batch, 1);
    }
}
