using FastRing.Perf.Comparing;

namespace FastRing.Perf.Observing;

/// <summary>What it costs to be looked at: a live session of counters, a trace, and a dump of all rings.</summary>
internal static class ObserveBench
{
    private const string Unobserved = "the same, nobody looking";
    private const double Confidence = 0.95;

    private static readonly ComparedLoop[] s_loops = [.. ComparedLoop.All.Where(l => l is { Bench: "ring", Case: "split, two threads" } or { Bench: "port", Case: "pipe in place, 64 KiB" })];

    public static async Task<IReadOnlyList<Row>> RunAsync(PerfRequest request, MachineState machine)
    {
        machine.Remarks.Add("counters, trace: bench/FastRing.Workloads alone and with `fastring counters PID` (each second) or `fastring trace PID` on it, by turns; the session has begun before what is timed. Value, and what it is compared with, as the loop has it.");
        machine.Remarks.Add("dump: 511 ports of five guests, all rings started; from asking to the last report, in a program that has asked before. pause: the longest of 64-byte round trips through a port of a sixth guest on the same worker, in slices with and without one dump.");
        int rounds = request.IsQuick ? 2 : Math.Max(8, request.Runs);
        var rows = new List<Row>();
        foreach (ComparedLoop loop in request.IsQuick ? s_loops[..1] : s_loops)
        {
            rows.Add(Paired($"counters session: {loop.Name}", rounds, () => loop.Run(WorkloadProgram.Jit), () => Observer.Counters.Watch(loop), machine));
            rows.Add(Paired($"trace: {loop.Name}", rounds, () => loop.Run(WorkloadProgram.Jit), () => Observer.Trace.Watch(loop), machine));
        }

        rows.AddRange(await DumpBench.RunAsync(request));
        return rows;
    }

    /// <summary>Each side first by turns.</summary>
    private static Row Paired(string name, int rounds, Func<LoopReading> alone, Func<LoopReading> observed, MachineState machine)
    {
        Progress.Say(name);
        var pairs = new List<(double Alone, double Observed)>();
        string unit = "";
        for (int round = 0; round < rounds; round++)
        {
            LoopReading first = (round % 2 == 0 ? alone : observed)();
            LoopReading second = (round % 2 == 0 ? observed : alone)();
            pairs.Add(round % 2 == 0 ? (first.Value, second.Value) : (second.Value, first.Value));
            unit = first.Unit;
        }

        if (RatioInterval.Of(pairs, Confidence) is { } interval)
        {
            machine.Remarks.Add(FormattableString.Invariant($"{name}: ratio of pairs {interval.Ratio:0.000}, 95 % interval {interval.Low:0.000} to {interval.High:0.000} ({unit})"));
        }

        return Row.Of("observe", name, unit, pairs.Select(p => p.Observed), Unobserved, pairs.Select(p => p.Alone));
    }
}
