namespace FastRing.Profiling;

/// <summary>What a process said of its instruments at one look.</summary>
/// <param name="At">When.</param>
/// <param name="Values">By instrument and tags.</param>
/// <param name="Distributions">Of histograms that were told something since the last look, by instrument and tags.</param>
/// <param name="IsCut">There were more than a session carries; what is missing is not told.</param>
public sealed record MetricsSnapshot(DateTimeOffset At, IReadOnlyList<MetricValue> Values, IReadOnlyList<MetricDistribution> Distributions, bool IsCut);
