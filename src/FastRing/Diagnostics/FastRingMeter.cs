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

    /// <summary>The meter. It lives as long as the process.</summary>
    public static Meter Meter { get; } = new(Name, typeof(FastRingMeter).Assembly.GetName().Version?.ToString(3));
}
