using System.CommandLine;
using System.Diagnostics;
using FastRing.Interop;
using FastRing.Queues;

namespace FastRing.Workloads.Chains;

/// <summary><c>workloads chains</c>.</summary>
internal static class ChainsCommand
{
    public static Command Create()
    {
        var ring = new RingShapeOptions();
        Option<int> chains = new("--chains") { Description = "Chains in a round.", DefaultValueFactory = _ => 64 };
        Option<int> descriptors = new("--descriptors") { Description = "Descriptors of a chain.", DefaultValueFactory = _ => 1 };
        Option<bool> copy = new("--copy") { Description = "Copy each buffer, 64 bytes, to private memory." };
        Option<bool> driver = new("--driver") { Description = "Time FastRing's driver end too, instead of the cheapest there can be." };
        Option<bool> arrays = new("--arrays") { Description = "Pop into arrays instead of a ChainBatch." };
        Option<int> rounds = new("--rounds") { Description = "Rounds of a sample.", DefaultValueFactory = _ => 2000 };
        Option<int> samples = new("--samples") { Description = "Samples.", DefaultValueFactory = _ => 41 };
        Option<double> warm = new("--warm") { Description = "Seconds before the first sample.", DefaultValueFactory = _ => 2.5 };
        Option<int?> cpu = new("--cpu") { Description = "Processor to run on; by default any." };
        var command = new Command("chains", "The device's work for a chain, one thread, ns.") { chains, descriptors, copy, driver, arrays, rounds, samples, warm, cpu };
        ring.AddTo(command);
        command.SetAction(parsed =>
        {
            if (parsed.GetValue(cpu) is int chosen)
            {
                CpuAffinity.Set(chosen);
            }

            var shape = new ChainShape(parsed.GetValue(chains), parsed.GetValue(descriptors));
            using var pair = new RingPair(ring.Of(parsed), shape.BuffersBytes + shape.TablesBytes, shape.Descriptors);
            IChainLoop loop = Loop(pair, shape, parsed.GetValue(copy), parsed.GetValue(driver), parsed.GetValue(arrays));
            return Sample(loop, parsed.GetValue(rounds), parsed.GetValue(samples), parsed.GetValue(warm)).Print();
        });
        return command;
    }

    private static IChainLoop Loop(RingPair pair, ChainShape shape, bool copy, bool driver, bool arrays)
    {
        if (driver)
        {
            return Loop(new RealChainDriver(pair, shape), pair, shape, copy, arrays);
        }

        return pair.Ring.IsPacked
            ? Loop(new PackedChainDriver(pair, shape), pair, shape, copy, arrays)
            : Loop(new SplitChainDriver(pair, shape), pair, shape, copy, arrays);
    }

    private static IChainLoop Loop<TDriver>(TDriver driver, RingPair pair, ChainShape shape, bool copy, bool arrays)
        where TDriver : struct, IChainDriver
    {
        int segments = shape.Chains * shape.Descriptors;
        return arrays
            ? new ChainLoop<TDriver, ArrayPopped>(driver, new ArrayPopped(shape.Chains, segments, ChainDirection.Readable), pair, shape, copy)
            : new ChainLoop<TDriver, BatchPopped>(driver, new BatchPopped(shape.Chains, ChainDirection.Readable), pair, shape, copy);
    }

    private static Measurement Sample(IChainLoop loop, int rounds, int samples, double warmSeconds)
    {
        for (long start = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(start).TotalSeconds < warmSeconds;)
        {
            loop.Run(rounds);
        }

        double[] values = new double[samples];
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < samples; i++)
        {
            values[i] = loop.Run(rounds);
        }

        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        return new Measurement("ns/chain", values) { AllocatedBytes = allocated };
    }
}
