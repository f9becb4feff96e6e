using FastRing.Interop;
using FastRing.Queues;

namespace FastRing.Workloads;

/// <summary>Arrays of the device's own.</summary>
internal struct ArrayPopped(int chains, int segments, ChainDirection direction) : IPopped
{
    private readonly DescriptorChain[] _chains = new DescriptorChain[chains];
    private readonly IoVector[] _segments = new IoVector[segments];
    private int _segmentCount;

    public readonly ReadOnlySpan<IoVector> Segments => _segments.AsSpan(0, _segmentCount);

    public int Pop(Virtqueue queue)
    {
        _segmentCount = 0;
        return queue.PopBatch(_chains, _segments, ref _segmentCount, direction);
    }

    public readonly void Complete(Virtqueue queue, int first, int count) => queue.Complete(_chains.AsSpan(first, count));
}
