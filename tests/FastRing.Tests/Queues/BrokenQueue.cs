using FastRing.Queues;
using Xunit;

namespace FastRing.Tests.Queues;

internal static class BrokenQueue
{
    /// <summary>The next pop must name <paramref name="error"/>, write nothing at all, and be the last that does anything.</summary>
    public static void BreaksWith(
        this HostileRing ring, VirtqueueError error, ChainDirection direction = ChainDirection.Both, Virtqueue? queue = null)
    {
        queue ??= ring.Start();
        var batch = new ChainBatch(4, direction);
        byte[] before = ring.Guest.Snapshot();

        Assert.Equal(0, queue.Pop(batch));
        Assert.Equal(error, queue.Error);
        Assert.Equal(0, batch.Count);
        Assert.True(batch.Segments.IsEmpty);
        queue.AssertDoesNothing(error);
        Assert.True(ring.Guest.IsUnchangedSince(before), "guest memory was written");
    }

    /// <summary>A queue that is broken for a reason stays so, and has nothing more to say.</summary>
    public static void AssertDoesNothing(this Virtqueue queue, VirtqueueError error)
    {
        Assert.Equal(0, queue.Pop(new ChainBatch(4, ChainDirection.Both)));
        Assert.False(queue.HasAvailable);
        Assert.False(queue.EnableNotifications());
        Assert.False(queue.Publish());
        Assert.Equal(error, queue.Error);
    }
}
