using FastRing.Workloads;

namespace FastRing.Perf.Comparing;

/// <summary>One run of a loop, in a process of its own.</summary>
/// <param name="Unit">Unit of the figure.</param>
/// <param name="Value">The median of the process' samples.</param>
/// <param name="IsNear">Whether the processors were near each other at least around half of them.</param>
/// <param name="Bytes">Managed memory of a message; null where messages are not counted.</param>
internal sealed record LoopReading(string Unit, double Value, bool IsNear, double? Bytes)
{
    /// <summary>Of what a program printed; one of an older commit may have printed less.</summary>
    public static LoopReading Of(Measurement measured) => new(
        measured.Unit,
        Spread.Of(measured.Values).Median,
        measured.Distances is not { Length: > 0 } distances || distances.Count(d => d < CoreDistance.NearNs) * 2 >= distances.Length,
        measured.Messages == 0 ? null : (double)measured.AllocatedBytes / measured.Messages);
}
