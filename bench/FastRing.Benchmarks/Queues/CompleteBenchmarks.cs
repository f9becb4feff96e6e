using BenchmarkDotNet.Attributes;
using FastRing.Interop;
using FastRing.Queues;

namespace FastRing.Benchmarks.Queues;

/// <summary>
/// A round without notifications: chains are popped, completed, published at once, and made available again. A chain can be given back once only,
/// so that completion can't be repeated by itself: it is what a round takes more than <see cref="PopBenchmarks"/>.
/// </summary>
public class CompleteBenchmarks : RingBenchmarks
{
    private readonly DescriptorChain[] _chains = new DescriptorChain[Chains];
    private readonly IoVector[] _segments = new IoVector[Chains * (int)ChainShape.Four];

    [ParamsAllValues]
    public ChainShape Chain { get; set; }

    [Benchmark(OperationsPerInvoke = Chains)]
    public void PopAndComplete()
    {
        ExpectAll(Device.Pop(Batch));
        Device.Complete(Batch, Chains);
        Device.PublishQuietly();
        Ring.MakeAvailable();
    }

    [Benchmark(OperationsPerInvoke = Chains)]
    public void PopAndCompleteArrays()
    {
        int segments = 0;
        ExpectAll(Device.PopBatch(_chains, _segments, ref segments, ChainDirection.Readable));
        Device.Complete(_chains);
        Device.PublishQuietly();
        Ring.MakeAvailable();
    }

    private protected override FullRing CreateRing() => FullRing.Create(Layout, Chain);
}
