using System.Globalization;
using FastRing.Workloads;

namespace FastRing.Perf;

/// <summary>A workload that runs itself and what it is compared with in turn, in one process.</summary>
/// <param name="Bench">The command whose row it is.</param>
/// <param name="Case">Its name in the table.</param>
/// <param name="Peer">What it is compared with.</param>
/// <param name="Options">The workload, and what it is given.</param>
internal sealed record ComparedWorkload(string Bench, string Case, string Peer, params string[] Options)
{
    private const string Allocated = "B allocated/message";

    /// <summary>Whether the distance of the processors from each other makes a difference.</summary>
    public bool CrossesProcessors { get; init; } = true;

    /// <summary>Runs it.</summary>
    /// <param name="runs">Counted runs of each side.</param>
    public Measurement Measure(int runs)
    {
        Progress.Say(Case);
        return WorkloadProgram.Jit.Run([.. Options, "--runs", runs.ToString(CultureInfo.InvariantCulture)]);
    }

    /// <summary>The row of the runs while the processors were near, or of all, if they never were.</summary>
    public Row Row(Measurement measured)
    {
        int[] all = [.. Enumerable.Range(0, measured.Values.Length)];
        int[] near = CrossesProcessors ? [.. all.Where(i => measured.Distances[i] < CoreDistance.NearNs)] : all;
        int[] used = near.Length == 0 ? all : near;
        string far = near.Length == 0 ? $", {NotifyRounds.Far}" : string.Empty;
        return Perf.Row.Of(Bench, Case + far, measured.Unit, used.Select(i => measured.Values[i]), Peer, used.Select(i => measured.Peers[i]));
    }

    /// <summary>What a message cost in managed memory, on all threads of the process.</summary>
    public Row AllocatedRow(string name, Measurement measured) => Perf.Row.Of(
        Bench, name, Allocated, [(double)measured.AllocatedBytes / measured.Messages], Peer, [(double)measured.PeerAllocatedBytes / measured.Messages]);
}
