using FastRing.Workloads;

namespace FastRing.Perf;

/// <summary>One run of a side.</summary>
/// <param name="Value">What was measured.</param>
/// <param name="DistanceNs">How far the processors were from each other around it; 0 where only one was used.</param>
internal readonly record struct Reading(double Value, double DistanceNs)
{
    public bool IsNear => DistanceNs < CoreDistance.NearNs;
}
