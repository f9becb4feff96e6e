using FastRing.Fuzz.Rings;
using FastRing.Interop;
using FastRing.Queues;
using FastRing.Tests.Models.SmallScope;

namespace FastRing.Fuzz.Targets;

/// <summary>
/// Rings written raw, and a device that takes what it can. Oracle: a walker that knows nothing but the specification, used for each chain; all that may be written
/// is used elements, which say what was given back.
/// </summary>
/// <param name="name">Its name.</param>
/// <param name="packed">The layout; null: the input says.</param>
/// <param name="tables">Rings of one or two descriptors: what there is to find is in tables.</param>
internal sealed class RingWalker(string name, bool? packed, bool tables) : FuzzTarget
{
    private const int MostRounds = 8;
    private const int MostPops = 64;
    private const int MostSegments = 4096;

    private readonly ScopeMemory _memory = new();
    private RawRing _ring = null!;
    private readonly List<DescriptorChain> _held = [];
    private readonly DescriptorChain[] _chains = new DescriptorChain[16];
    private readonly IoVector[] _segments = new IoVector[MostSegments];
    private int _atOnce;
    private bool _intoArrays;

    public override string Name => name;

    public override void Run(ReadOnlySpan<byte> bytes)
    {
        var input = new FuzzInput(bytes);
        byte shape = input.Byte();
        _ring = packed ?? (shape & 0x80) != 0 ? new RawPackedRing(_memory) : new RawSplitRing(_memory);
        _ring.Begin(tables ? shape & 1 : shape, ref input);
        byte way = input.Byte();
        _intoArrays = (way & 1) != 0;
        _atOnce = 1 + (way >> 4);
        _held.Clear();
        for (int round = 0; round < MostRounds && !input.IsEmpty && _ring.Queue.Error == VirtqueueError.None; round++)
        {
            _ring.Write(ref input, tables);
            TakeAll();
            GiveBack(input.Byte());
        }

        Reach(_ring.Queue.Error.ToString());
    }

    public override void Dispose()
    {
        _memory.Dispose();
        base.Dispose();
    }

    /// <summary>Takes until there is no more, and looks at each chain.</summary>
    private void TakeAll()
    {
        int pops = 0;
        do
        {
            Must(pops++ < MostPops);
        }
        while (Take() > 0);
    }

    private int Take()
    {
        var batch = new ChainBatch(_atOnce, _ring.Direction);
        int segments = 0;
        _ring.Expect(_atOnce);
        int popped = _intoArrays
            ? _ring.Queue.PopBatch(_chains.AsSpan(0, _atOnce), _segments, ref segments, _ring.Direction)
            : _ring.Queue.Pop(batch);
        Must(_intoArrays || popped == batch.Count);
        for (int i = 0; i < popped; i++)
        {
            DescriptorChain chain = _intoArrays ? _chains[i] : batch[i];
            ReadOnlySpan<IoVector> its = _intoArrays
                ? _segments.AsSpan(chain.FirstSegment, chain.ReadableSegments + chain.WritableSegments)
                : batch.SegmentsOf(i);
            Must(_ring.IsNext(chain, its));
            chain.Written = (uint)Math.Min(_ring.WritableBytes(its), 7U * (uint)(_held.Count & 3));
            _held.Add(chain);
            Reach(its.Length > 1 ? "chain of several segments" : "chain");
        }

        Must(_ring.IsRightToStop(popped, _atOnce), $"{popped} of {_atOnce} popped, {_ring}");
        return popped;
    }

    /// <summary>Somebody wants to see what the ring looks like, whatever is on it. Nothing is written for that.</summary>
    private void Inspect()
    {
        RingSnapshot seen = _ring.Queue.Snapshot();
        Must(seen.InFlightCount == _held.Sum(chain => chain.Slots), "what was taken is in flight");
        Must(Math.Max(seen.InFlight.Count, seen.Waiting.Count) <= RingSnapshot.MostChains && seen.InFlight.Concat(seen.Waiting).All(chain => chain.Descriptors.Count <= RingSnapshot.MostDescriptors));
        Reach("inspected");
    }

    private void GiveBack(byte how)
    {
        _ring.Snapshot();
        if ((how & 0x40) != 0)
        {
            Inspect();
        }

        int count = Math.Min(_held.Count, how & 0x1f);
        if ((how & 0x80) != 0 && !_ring.IsInOrder)
        {
            _held.Reverse(0, count);
        }

        DescriptorChain[] back = [.. _held.Take(count)];
        _held.RemoveRange(0, count);
        _ring.Queue.Complete(back);
        _ring.Queue.Publish();
        Must(_ring.ShowsOnly(back, shown: _ring.Queue.Error == VirtqueueError.None));
        if (count > 0 && _ring.Queue.Error == VirtqueueError.None)
        {
            Reach("given back");
        }
    }
}
