using System.Runtime.CompilerServices;
using BenchmarkDotNet.Attributes;
using FastRing.Queues;

namespace FastRing.Benchmarks.Queues;

/// <summary>What the benchmarks of a ring have in common. Figures are of one chain; an invocation does as many as the ring holds.</summary>
public abstract class RingBenchmarks
{
    private protected const int Chains = FullRing.Chains;

    [ParamsAllValues]
    public RingKind Layout { get; set; }

    private protected FullRing Ring { get; private set; } = null!;

    private protected Virtqueue Device { get; private set; } = null!;

    private protected ChainBatch Batch { get; } = new(Chains, ChainDirection.Readable);

    [GlobalSetup]
    public void Setup()
    {
        Ring = CreateRing();
        Device = Ring.Device;
    }

    [GlobalCleanup]
    public void Cleanup() => Ring.Dispose();

    private protected abstract FullRing CreateRing();

    /// <exception cref="InvalidOperationException">An invocation did less than its figure is divided by.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private protected static void ExpectAll(int chains)
    {
        if (chains != Chains)
        {
            ThrowFewer(chains);
        }
    }

    private static void ThrowFewer(int chains) => throw new InvalidOperationException($"{chains} chains instead of {Chains}");
}
