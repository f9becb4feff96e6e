using System.Globalization;
using FastRing.Workloads;

namespace FastRing.Perf;

/// <summary>What a port gets beside others that are stalled or flooded, and what passes one with a limit.</summary>
internal static class FairnessBench
{
    private const string Alone = "the same port alone";
    private const string Limit = "the limit";
    private const int LimitedRuns = 3;

    public static IReadOnlyList<Row> Run(PerfRequest request, MachineState machine)
    {
        var rows = new List<Row>();
        foreach ((ComparedWorkload what, int runs) in Workloads(request))
        {
            Measurement measured = what.Measure(runs);
            rows.Add(what.Row(measured));
        }

        machine.Remarks.Add("Stalled: by turns a unix socket whose client does not read, a pipe of private memory that nobody reads, and one over guest memory; their guest goes on writing.");
        machine.Remarks.Add("Beside and alone are two devices of one process, used in turn; 32 KiB buffers, and 64 bytes there and back, through PipeReader and PipeWriter.");
        machine.Remarks.Add("jain-8: eight ports flooded with buffers of 16 KiB; mixed: of 4 to 64 KiB.");
        return rows;
    }

    private static IEnumerable<(ComparedWorkload What, int Runs)> Workloads(PerfRequest request)
    {
        int many = request.IsQuick ? 5 : 3 * request.Runs;
        int few = Math.Min(request.Runs, LimitedRuns);
        foreach (int ports in request.IsQuick ? new[] { 1, 30 } : [1, 10, 30])
        {
            yield return (Of($"stalled-{ports}", Alone, "stalled", ports), many);
        }

        yield return (Of("p99-stalled-30", Alone, "round-trip", 30), many);
        yield return (Of("memory-stalled-30", Limit, "memory", 30) with { CrossesProcessors = false }, 1);
        yield return (Of("jain-8", "all the same", "jain") with { CrossesProcessors = false }, few);
        yield return (Of("jain-8-mixed", "all the same", "jain-mixed") with { CrossesProcessors = false }, few);
        yield return (Of("limited", Limit, "bytes") with { CrossesProcessors = false }, few);
        yield return (Of("limited-messages", Limit, "messages") with { CrossesProcessors = false }, few);
    }

    private static ComparedWorkload Of(string name, string peer, string what, int ports = 0) =>
        new("fairness", name, peer, "fairness", "--case", what, "--ports", ports.ToString(CultureInfo.InvariantCulture));
}
