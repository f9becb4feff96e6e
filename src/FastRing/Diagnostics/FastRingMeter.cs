using System.Diagnostics.Metrics;

namespace FastRing.Diagnostics;

/// <summary>
/// The meter <c>FastRing</c>. Its instruments are observables that read the plain counters of devices, rings and workers where they lie, and only
/// when a listener asks: the data path pays for none of them.
/// </summary>
/// <remarks>Whoever writes a device adds instruments of its own here, over a <see cref="MeteredObjects{T}"/>.</remarks>
public static class FastRingMeter
{
    /// <summary>What listeners know it by.</summary>
    public const string Name = "FastRing";

    /// <summary>
    /// The meter of distributions, which are measured only while somebody listens: how long buffers take, and how many go back at a time. What nobody listens to costs a device a look at
    /// <see cref="Instrument.Enabled"/> a turn.
    /// </summary>
    public const string LatencyName = "FastRing.Latency";

    /// <summary>The meter. It lives as long as the process.</summary>
    public static Meter Meter { get; } = new(Name, typeof(FastRingMeter).Assembly.GetName().Version?.ToString(3));
}
