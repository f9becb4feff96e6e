namespace FastRing.Host.Profiling;

/// <summary>What <c>fastring trace</c> wrote.</summary>
/// <param name="Trace">The recording.</param>
/// <param name="Speedscope">Its stacks, for speedscope.</param>
/// <param name="Folded">Its stacks, for flame graphs.</param>
/// <param name="Samples">How many there are.</param>
internal sealed record TraceReport(string Trace, string Speedscope, string Folded, int Samples);
