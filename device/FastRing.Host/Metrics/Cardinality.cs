using System.Diagnostics.Metrics;
using FastRing.Host.Serving;
using OpenTelemetry.Metrics;

namespace FastRing.Host.Metrics;

/// <summary>
/// How many sets of tags an instrument may have. OpenTelemetry sets memory aside for as many, and adds up what is beyond (<c>otel_metric_overflow</c>): more than its usual number where there are
/// many guests, and room for as many again that come later.
/// </summary>
internal sealed class Cardinality(IReadOnlyList<GuestConfig> guests)
{
    private const int Usual = 2000;
    private const int SidesOfPort = 2; // Directions, open sides, results.
    private const int ResultsOfQueue = 3;

    private readonly int _ports = guests.Sum(g => Math.Min(g.MaxPorts, GuestCheck.VhostUserPorts) + 1);

    public MetricStreamConfiguration? Of(Instrument instrument) => new() { CardinalityLimit = LimitOf(instrument.Name) };

    /// <summary>By what it speaks of.</summary>
    public int LimitOf(string instrument)
    {
        int expected = instrument.StartsWith("fastring.port.", StringComparison.Ordinal) ? _ports * SidesOfPort
            : instrument.StartsWith("fastring.queue.", StringComparison.Ordinal) ? _ports * 2 * ResultsOfQueue
            : 0;
        return Math.Max(Usual, 2 * expected);
    }
}
