namespace FastRing.Workloads.Rings;

/// <summary>How a ring is driven.</summary>
/// <param name="IsBatched">Our best batched way instead of ringtest's.</param>
/// <param name="Outstanding">Messages under way at the most.</param>
/// <param name="Pop">Chains the device pops at once.</param>
/// <param name="InArrays">The device pops into arrays instead of a ChainBatch.</param>
/// <param name="DriverCpu">Processor of the driver's thread.</param>
/// <param name="DeviceCpu">Processor of the device's thread.</param>
/// <param name="Messages">Messages of a run.</param>
/// <param name="Runs">Counted runs.</param>
/// <param name="WarmSeconds">How long to run before them.</param>
/// <param name="IsMarked">Each thread says in a trace of system calls where its loop begins and ends (<see cref="TraceMarks"/>).</param>
internal sealed record RingPlan(
    bool IsBatched, int Outstanding, int Pop, bool InArrays, int DriverCpu, int DeviceCpu, int Messages, int Runs, double WarmSeconds,
    bool IsMarked);
