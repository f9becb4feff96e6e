using System.Diagnostics.Metrics;
using FastRing.Diagnostics;

namespace FastRing.Console.Diagnostics;

/// <summary>The meter <see cref="FastRingMeter.LatencyName"/>. Who listens to it has ports measured; while nobody does, nothing is.</summary>
internal static class LatencyMeter
{
    private static readonly Meter s_meter = new(FastRingMeter.LatencyName, FastRingMeter.Meter.Version);

    private static readonly Histogram<double> s_latency = s_meter.CreateHistogram(
        "fastring.port.latency", "s", "From when a port's device learned of buffers until they were given back.", tags: null, Boundaries(
            1e-6, 2.5e-6, 5e-6, 1e-5, 2.5e-5, 5e-5, 1e-4, 2.5e-4, 5e-4, 1e-3, 2.5e-3, 5e-3, 1e-2, 2.5e-2, 5e-2, 0.1, 0.25, 0.5, 1, 2.5, 5, 10));

    private static readonly Histogram<long> s_batches = s_meter.CreateHistogram(
        "fastring.port.batch", "{buffer}", "Buffers of a port given back at a time.", tags: null, Boundaries(1L, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024));

    /// <summary>Somebody listens. Any thread.</summary>
    public static bool IsOn => s_latency.Enabled || s_batches.Enabled;

    /// <summary>So many buffers were given back, the oldest of which took so long.</summary>
    public static void Record(double seconds, long buffers, in PortTags tags)
    {
        s_latency.Record(seconds, tags.Device, tags.Port, tags.Direction);
        s_batches.Record(buffers, tags.Device, tags.Port, tags.Direction);
    }

    /// <summary>What a listener that sorts measurements into buckets does best to choose.</summary>
    private static InstrumentAdvice<T> Boundaries<T>(params T[] boundaries)
        where T : struct => new() { HistogramBucketBoundaries = boundaries };
}
