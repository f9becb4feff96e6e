using FastRing.Interop;
using FastRing.Queues;

namespace FastRing.Tests.Queues;

/// <summary>A device that takes what its queue gives in either of the two ways there are, and holds it.</summary>
/// <param name="queue">The queue.</param>
/// <param name="intoArrays">True: with <see cref="Virtqueue.PopBatch"/>; false: with <see cref="Virtqueue.Pop"/>.</param>
/// <param name="atOnce">Chains taken at once at the most.</param>
internal sealed class Popper(Virtqueue queue, bool intoArrays, int atOnce)
{
    private readonly List<ChainBatch> _batches = [];
    private readonly List<DescriptorChain> _chains = [];
    private readonly IoVector[] _segments = new IoVector[2048];

    /// <summary>The segments of every chain taken, in order.</summary>
    public List<IoVector[]> Chains { get; } = [];

    /// <summary>Takes until the queue gives nothing more.</summary>
    public void TakeAll()
    {
        while (TakeSome())
        {
        }
    }

    /// <summary>Takes once; false when there was nothing.</summary>
    public bool TakeSome() => intoArrays ? TakeIntoArrays() : TakeIntoBatch();

    /// <summary>Gives everything back, in order, with nothing written.</summary>
    public void CompleteAll()
    {
        _batches.ForEach(batch => queue.Complete(batch, batch.Count));
        queue.Complete([.. _chains]);
        _batches.Clear();
        _chains.Clear();
        Chains.Clear();
    }

    private bool TakeIntoBatch()
    {
        var batch = new ChainBatch(atOnce, ChainDirection.Both);
        int count = queue.Pop(batch);
        if (count != batch.Count)
        {
            throw new InvalidOperationException($"{count} chains said to be popped, {batch.Count} there");
        }

        for (int i = 0; i < count; i++)
        {
            Chains.Add(batch.SegmentsOf(i).ToArray());
        }

        _batches.Add(batch);
        return count > 0;
    }

    private bool TakeIntoArrays()
    {
        var chains = new DescriptorChain[atOnce];
        int used = 3; // There may be some already.
        int count = queue.PopBatch(chains, _segments, ref used, ChainDirection.Both);
        int end = 3;
        for (int i = 0; i < count; i++)
        {
            int length = chains[i].ReadableSegments + chains[i].WritableSegments;
            if (chains[i].FirstSegment != end)
            {
                throw new InvalidOperationException($"chain {i} begins at {chains[i].FirstSegment} instead of {end}");
            }

            Chains.Add(_segments[end..(end + length)]);
            end += length;
        }

        if (used != end)
        {
            throw new InvalidOperationException($"{used} segments said to be used, the chains have {end}");
        }

        _chains.AddRange(chains.AsSpan(0, count));
        return count > 0;
    }
}
