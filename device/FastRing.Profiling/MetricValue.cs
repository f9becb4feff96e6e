namespace FastRing.Profiling;

/// <summary>What an instrument said of one thing.</summary>
/// <param name="Instrument">Name of the instrument.</param>
/// <param name="Unit">Its unit, in UCUM.</param>
/// <param name="Tags">What it is said of: <c>device=a,port=b</c>.</param>
/// <param name="Value">How much there is, or was so far.</param>
/// <param name="PerSecond">Of what only grows: how much was added a second since the last look; else null.</param>
public sealed record MetricValue(string Instrument, string Unit, string Tags, double Value, double? PerSecond);
