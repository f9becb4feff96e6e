using FastRing.Interop;
using FastRing.Queues;

namespace FastRing.Tests.Models;

/// <summary>A device that pops into arrays of its own and may complete in any order.</summary>
internal sealed class SpanEnd(int segmentsAtOnce, ChainDirection direction, bool inOrder) : IDeviceEnd
{
    private readonly IoVector[] _segments = new IoVector[segmentsAtOnce];
    private readonly List<(DescriptorChain Chain, IoVector[] Segments)> _held = [];
    private DescriptorChain[] _chains = [];

    public int Held => _held.Count;

    public bool CompletesAny => !inOrder;

    public (int Least, int Most) Room(IEnumerable<int> segments, int amount)
    {
        int left = segmentsAtOnce;
        int sure = 0;
        int most = 0;
        foreach (int count in segments.Take(amount))
        {
            if (count > left)
            {
                break;
            }

            // An empty chain may wait for a pop with room for a segment.
            sure += left > 0 ? 1 : 0;
            left -= count;
            most++;
        }

        return (sure, most);
    }

    public int Pop(Virtqueue queue, int amount)
    {
        if (_chains.Length < amount)
        {
            _chains = new DescriptorChain[amount];
        }

        int used = 0;
        int total = 0;
        for (int popped = 1; popped > 0 && total < amount; total += popped)
        {
            int at = used;
            popped = queue.PopBatch(_chains.AsSpan(0, amount - total), _segments, ref used, direction);
            for (int i = 0; i < popped; i++)
            {
                int count = _chains[i].ReadableSegments + _chains[i].WritableSegments;
                _held.Add((_chains[i], _segments[at..(at + count)]));
                at += count;
            }

            if (at != used)
            {
                throw new InvalidDataException($"{used} segments for chains of {at}");
            }
        }

        return total;
    }

    public DescriptorChain Chain(int index) => _held[index].Chain;

    public ReadOnlySpan<IoVector> Segments(int index) => _held[index].Segments;

    public void SetWritten(int index, uint written)
    {
        DescriptorChain chain = _held[index].Chain;
        chain.Written = written;
        _held[index] = (chain, _held[index].Segments);
    }

    public void Complete(Virtqueue queue, ReadOnlySpan<int> which)
    {
        var chains = new DescriptorChain[which.Length];
        for (int i = 0; i < which.Length; i++)
        {
            chains[i] = _held[which[i]].Chain;
        }

        queue.Complete(chains);
        int[] gone = which.ToArray();
        Array.Sort(gone);
        int kept = 0;
        for (int i = 0, next = 0; i < _held.Count; i++)
        {
            if (next < gone.Length && gone[next] == i)
            {
                next++;
                continue;
            }

            _held[kept++] = _held[i];
        }

        _held.RemoveRange(kept, _held.Count - kept);
    }

    public void PutBack(Virtqueue queue)
    {
        // An empty batch: the queue goes back to what was completed, wherever the chains were kept.
        queue.PutBack(new ChainBatch(1, direction));
        _held.Clear();
    }

    public void Forget() => _held.Clear();
}
