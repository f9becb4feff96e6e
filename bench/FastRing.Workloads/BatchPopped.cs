using FastRing.Interop;
using FastRing.Queues;

namespace FastRing.Workloads;

/// <summary>A <see cref="ChainBatch"/>.</summary>
internal readonly struct BatchPopped(int chains, ChainDirection direction) : IPopped
{
    private readonly ChainBatch _batch = new(chains, direction);

    public ReadOnlySpan<IoVector> Segments => _batch.Segments;

    public int Pop(Virtqueue queue) => queue.Pop(_batch);

    public void Complete(Virtqueue queue, int first, int count) => queue.Complete(_batch, count);
}
