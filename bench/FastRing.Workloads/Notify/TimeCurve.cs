namespace FastRing.Workloads.Notify;

/// <summary>What so many percent of round trips did not exceed.</summary>
/// <param name="Percents">From 0 to 100, ascending, closer together towards the longest.</param>
/// <param name="Us">As many.</param>
public sealed record TimeCurve(double[] Percents, double[] Us);
