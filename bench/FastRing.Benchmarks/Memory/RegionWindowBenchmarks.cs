using BenchmarkDotNet.Attributes;
using FastRing.Benchmarks.Queues;

namespace FastRing.Benchmarks.Memory;

/// <summary>
/// What it is worth that a ring remembers the region of its last buffer: popping, with all buffers in one region, or each in another than the one before.
/// </summary>
public class RegionWindowBenchmarks : RingBenchmarks
{
    [Params(false, true)]
    public bool AcrossRegions { get; set; }

    [Benchmark(OperationsPerInvoke = Chains)]
    public void Pop()
    {
        ExpectAll(Device.Pop(Batch));
        Device.PutBack(Batch);
    }

    private protected override FullRing CreateRing() => FullRing.Create(Layout, ChainShape.One, acrossRegions: AcrossRegions);
}
