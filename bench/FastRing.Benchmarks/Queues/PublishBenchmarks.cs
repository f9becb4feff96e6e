using BenchmarkDotNet.Attributes;

namespace FastRing.Benchmarks.Queues;

/// <summary>
/// Rounds in which each chain is published by itself: what a publication costs more than being part of one, which
/// <see cref="CompleteBenchmarks"/> shows. The driver asked for no notifications.
/// </summary>
public class PublishBenchmarks : RingBenchmarks
{
    /// <summary>A release store for each.</summary>
    [Benchmark(OperationsPerInvoke = Chains)]
    public void PublishQuietly()
    {
        ExpectAll(Device.Pop(Batch));
        for (int i = 0; i < Chains; i++)
        {
            Device.Complete(Batch, 1);
            Device.PublishQuietly();
        }

        Ring.MakeAvailable();
    }

    /// <summary>A release store, a full fence and a look at what the driver wants, for each.</summary>
    [Benchmark(OperationsPerInvoke = Chains)]
    public void Publish()
    {
        ExpectAll(Device.Pop(Batch));
        for (int i = 0; i < Chains; i++)
        {
            Device.Complete(Batch, 1);
            Device.Publish();
        }

        Ring.MakeAvailable();
    }

    private protected override FullRing CreateRing()
    {
        FullRing ring = FullRing.Create(Layout, ChainShape.One);
        ring.WantNoNotification();
        return ring;
    }
}
