using System.Diagnostics.Metrics;
using System.Globalization;
using FastRing.Diagnostics;

namespace FastRing.Console.Diagnostics;

/// <summary>The meter <see cref="FastRingMeter.LatencyName"/>. Who listens to it has ports measured; while nobody does, nothing is.</summary>
internal static class LatencyMeter
{
    private static readonly Meter s_meter = new(FastRingMeter.LatencyName, FastRingMeter.Meter.Version);

    private static readonly Histogram<double> s_latency = s_meter.CreateHistogram(
        "fastring.port.latency", "s", "From when a port's device learned of buffers until they were given back.", tags: null, Boundaries([.. Decades()]));

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

    /// <summary>1 microsecond to 10 seconds.</summary>
    private static IEnumerable<double> Decades()
    {
        for (int exponent = -6; exponent < 1; exponent++)
        {
            double decade = double.Parse($"1e{exponent}", CultureInfo.InvariantCulture); // A power would not be exactly what people write.
            yield return decade;
            yield return 2.5 * decade;
            yield return 5 * decade;
        }

        yield return 10;
    }
}
