using System.Diagnostics;

namespace FastRing.Workloads;

/// <summary>Runs the two sides of an <see cref="IComparison"/> in turn, so that whatever the machine does happens to both.</summary>
internal static class ComparedRuns
{
    /// <summary>Warms up, then counts.</summary>
    /// <param name="comparison">What to run.</param>
    /// <param name="runs">Counted runs of each side.</param>
    /// <param name="warmSeconds">How long both run before them.</param>
    public static Measurement Measure(IComparison comparison, int runs, double warmSeconds)
    {
        for (long start = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(start).TotalSeconds < warmSeconds;)
        {
            comparison.Own();
            comparison.Peer();
        }

        double[] values = new double[runs];
        double[] peers = new double[runs];
        double[] distances = new double[runs];
        long allocated = 0;
        long peerAllocated = 0;
        for (int i = 0; i < runs; i++)
        {
            double before = CoreDistance.Measure(Processors.Driver, Processors.Device);
            values[i] = Counted(comparison.Own, ref allocated);
            peers[i] = Counted(comparison.Peer, ref peerAllocated);
            distances[i] = Math.Max(before, CoreDistance.Measure(Processors.Driver, Processors.Device));
        }

        return new Measurement(comparison.Unit, values)
        {
            Peers = peers,
            Distances = distances,
            AllocatedBytes = allocated,
            PeerAllocatedBytes = peerAllocated,
            Messages = (long)runs * comparison.Messages,
        };
    }

    /// <summary>A run, and what every thread of the process allocated meanwhile.</summary>
    private static double Counted(Func<double> run, ref long allocated)
    {
        long before = GC.GetTotalAllocatedBytes(precise: true);
        double value = run();
        allocated += GC.GetTotalAllocatedBytes(precise: true) - before;
        return value;
    }
}
