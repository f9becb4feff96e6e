using BenchmarkDotNet.Attributes;
using FastRing.Interop;
using FastRing.Queues;

namespace FastRing.Benchmarks.Queues;

/// <summary>Popping, with translation. The chains are put back each time, which sets one cursor.</summary>
public class PopBenchmarks : RingBenchmarks
{
    private readonly ChainBatch _nothing = new(1, ChainDirection.Readable);
    private readonly DescriptorChain[] _chains = new DescriptorChain[Chains];
    private readonly IoVector[] _segments = new IoVector[Chains * (int)ChainShape.Four];
    private readonly byte[] _private = new byte[FullRing.BufferBytes];

    [ParamsAllValues]
    public ChainShape Chain { get; set; }

    [Benchmark(OperationsPerInvoke = Chains)]
    public void Pop()
    {
        ExpectAll(Device.Pop(Batch));
        Device.PutBack(Batch);
    }

    [Benchmark(OperationsPerInvoke = Chains)]
    public void PopIntoArrays()
    {
        int segments = 0;
        ExpectAll(Device.PopBatch(_chains, _segments, ref segments, ChainDirection.Readable));
        Device.PutBack(_nothing); // Whoever holds them: the queue goes back to the oldest chain not completed.
    }

    /// <summary>Popping, and a copy of each buffer's 64 bytes to private memory.</summary>
    [Benchmark(OperationsPerInvoke = Chains)]
    public void PopAndCopy()
    {
        ExpectAll(Device.Pop(Batch));
        Span<byte> to = _private;
        foreach (IoVector segment in Batch.Segments)
        {
            segment.Span.CopyTo(to);
        }

        Device.PutBack(Batch);
    }

    private protected override FullRing CreateRing() => FullRing.Create(Layout, Chain);
}
