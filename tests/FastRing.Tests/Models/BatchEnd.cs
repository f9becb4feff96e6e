using FastRing.Interop;
using FastRing.Queues;

namespace FastRing.Tests.Models;

/// <summary>A device that keeps what it popped in a <see cref="ChainBatch"/>.</summary>
internal sealed class BatchEnd(int capacity, ChainDirection direction) : IDeviceEnd
{
    /// <summary>Segments a batch is sure to take before it sends a chain away until the next time.</summary>
    private const int SureSegments = 64;

    private readonly ChainBatch _batch = new(capacity, direction);

    public int Held => _batch.Count;

    public bool CompletesAny => false;

    public (int Least, int Most) Room(IEnumerable<int> segments, int amount)
    {
        int held = _batch.Segments.Length;
        int least = 0;
        int most = 0;
        foreach (int count in segments.Take(capacity - _batch.Count))
        {
            held += count;
            most++;
            least = held <= SureSegments || most + _batch.Count == 1 ? most : least;
        }

        return (least, most);
    }

    public int Pop(Virtqueue queue, int amount)
    {
        int before = _batch.Count;
        while (queue.Pop(_batch) > 0)
        {
        }

        return _batch.Count - before;
    }

    public DescriptorChain Chain(int index) => _batch[index];

    public ReadOnlySpan<IoVector> Segments(int index) => _batch.SegmentsOf(index);

    public void SetWritten(int index, uint written) => _batch[index].Written = written;

    public void Complete(Virtqueue queue, ReadOnlySpan<int> which) => queue.Complete(_batch, which.Length);

    public void PutBack(Virtqueue queue) => queue.PutBack(_batch);

    public void Forget() => _batch.Clear();
}
