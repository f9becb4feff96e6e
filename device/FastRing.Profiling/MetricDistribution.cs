namespace FastRing.Profiling;

/// <summary>What a histogram was told of one thing since the last look; quantiles are off by a thousandth at the most.</summary>
/// <param name="Instrument">Name of the instrument.</param>
/// <param name="Unit">Its unit, in UCUM.</param>
/// <param name="Tags">What it is said of: <c>device=a,direction=to_host,port=b</c>.</param>
/// <param name="Count">Measurements.</param>
/// <param name="Sum">All of them together.</param>
/// <param name="P50">Half of them were no more.</param>
/// <param name="P95">95 of 100 were no more.</param>
/// <param name="P99">99 of 100 were no more.</param>
public sealed record MetricDistribution(string Instrument, string Unit, string Tags, long Count, double Sum, double P50, double P95, double P99);
