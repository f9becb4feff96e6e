using System.CommandLine;
using System.Diagnostics;
using FastRing.Interop;
using FastRing.Queues;

namespace FastRing.Workloads.Chains;

/// <summary><c>workloads batches</c>: 32 chains of one buffer made available, popped into arrays, completed and published, over and over. What C programs do by way of libfastring.so.</summary>
internal static class BatchesCommand
{
    private const int Chains = 32;

    public static Command Create()
    {
        var ring = new RingShapeOptions();
        Option<int> rounds = new("--rounds") { Description = "Batches of a sample.", DefaultValueFactory = _ => 4000 };
        Option<int> samples = new("--samples") { Description = "Samples.", DefaultValueFactory = _ => 41 };
        Option<double> warm = new("--warm") { Description = "Seconds before the first sample.", DefaultValueFactory = _ => 2.5 };
        Option<int?> cpu = new("--cpu") { Description = "Processor to run on; by default any." };
        var command = new Command("batches", "The device's work for a batch of 32 chains, one thread, ns.") { rounds, samples, warm, cpu };
        ring.AddTo(command);
        command.SetAction(parsed =>
        {
            if (parsed.GetValue(cpu) is int chosen)
            {
                CpuAffinity.Set(chosen);
            }

            var shape = new ChainShape(Chains, Descriptors: 1);
            using var pair = new RingPair(ring.Of(parsed), shape.BuffersBytes);
            return pair.Ring.IsPacked
                ? Sample(new PackedChainDriver(pair, shape), pair, parsed.GetValue(rounds), parsed.GetValue(samples), parsed.GetValue(warm)).Print()
                : Sample(new SplitChainDriver(pair, shape), pair, parsed.GetValue(rounds), parsed.GetValue(samples), parsed.GetValue(warm)).Print();
        });
        return command;
    }

    private static Measurement Sample<TDriver>(TDriver driver, RingPair pair, int rounds, int samples, double warmSeconds)
        where TDriver : struct, IChainDriver
    {
        Virtqueue device = pair.CreateDevice();
        for (long start = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(start).TotalSeconds < warmSeconds;)
        {
            Run(ref driver, device, rounds);
        }

        double[] values = new double[samples];
        for (int i = 0; i < samples; i++)
        {
            values[i] = Run(ref driver, device, rounds);
        }

        return new Measurement("ns/batch", values);
    }

    private static double Run<TDriver>(ref TDriver driver, Virtqueue device, int rounds)
        where TDriver : struct, IChainDriver
    {
        DescriptorChain[] chains = new DescriptorChain[Chains];
        IoVector[] segments = new IoVector[Chains];
        long start = Stopwatch.GetTimestamp();
        for (int i = 0; i < rounds; i++)
        {
            driver.Offer();
            int count = 0;
            int popped = device.PopBatch(chains, segments, ref count, ChainDirection.Readable);
            if (popped != Chains)
            {
                throw new InvalidOperationException($"{popped} chains: {device.Error}");
            }

            device.Complete(chains);
            device.Publish();
        }

        return Stopwatch.GetElapsedTime(start).TotalNanoseconds / rounds;
    }
}
