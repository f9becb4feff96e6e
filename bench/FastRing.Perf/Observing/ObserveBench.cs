using FastRing.Host.Sandbox;
using FastRing.Perf.Comparing;

namespace FastRing.Perf.Observing;

/// <summary>What it costs to be looked at: counters that are always on, a live session of them, a trace, and a dump of all rings.</summary>
internal static class ObserveBench
{
    private const string Unobserved = "the same, nobody looking";
    private const double Confidence = 0.95;

    /// <summary>The first leaves whoever looks a processor of two.</summary>
    private static readonly ComparedLoop[] s_loops =
        [.. ComparedLoop.All.Where(l => l is { Bench: "chains", Case: "split" } or { Bench: "ring", Case: "split, two threads" } or { Bench: "port", Case: "pipe in place, 64 KiB" })];

    public static async Task<IReadOnlyList<Row>> RunAsync(PerfRequest request, MachineState machine)
    {
        machine.Remarks.Add("counters, trace: bench/FastRing.Workloads alone and with `fastring counters PID` (each second) or `fastring trace PID` on it, by turns; the session has begun before what is timed. Value, and what it is compared with, as the loop has it.");
        machine.Remarks.Add("dump: 511 ports of five guests, all rings started; from asking to the last report, in a program that has asked before. pause: the longest of 64-byte round trips through a port of a sixth guest on the same worker, in slices with and without one dump; where two processors have four threads that work, and then with the ring's own two before the others.");
        machine.Remarks.Add($"trace: {DaemonSandbox.TraceInterval}={DaemonSandbox.TenMilliseconds}, as fastring serve has it in its sandbox; each millisecond: as .NET 10 has it by itself. chains: one thread, and a processor for who looks; ring, port: two threads, which have none to spare.");
        int rounds = request.IsQuick ? 2 : Math.Max(8, request.Runs);
        List<Row> rows = [.. await DumpBench.RunAsync(request, machine)];
        if (request.IsQuick)
        {
            machine.Remarks.Add("always-on counters: a quick run does not build what they are compared with.");
        }
        else
        {
            rows.AddRange(CountersBench.Run(rounds, machine));
        }

        foreach (ComparedLoop loop in request.IsQuick ? s_loops[..2] : s_loops)
        {
            rows.Add(Observed("counters session", loop, Observer.Counters));
            rows.Add(Observed("trace", loop, Observer.Trace));
        }

        rows.Add(Observed("trace, each millisecond", s_loops[0], Observer.Trace, "1"));

        return rows;

        Row Observed(string name, ComparedLoop loop, Observer observer, string interval = DaemonSandbox.TenMilliseconds)
        {
            Environment.SetEnvironmentVariable(DaemonSandbox.TraceInterval, interval);
            return Paired(name, loop, () => loop.Run(WorkloadProgram.Jit), () => observer.Watch(loop), Unobserved, rounds, machine);
        }
    }

    /// <summary>The row of a loop as <paramref name="b"/>, beside the same as <paramref name="a"/>, by turns.</summary>
    public static Row Paired(string name, ComparedLoop loop, Func<LoopReading> a, Func<LoopReading> b, string nameOfA, int rounds, MachineState machine)
    {
        Progress.Say($"{name}: {loop.Name}");
        var pairs = new LoopPairs(loop);
        for (int round = 0; round < rounds; round++)
        {
            pairs.Add(a, b);
        }

        LoopComparison seen = pairs.Comparisons(Confidence).First();
        machine.Remarks.Add(FormattableString.Invariant($"{name}: {seen.Case}: {seen.Verdict}; ratio of pairs {seen.Ratio}, 95 % interval {seen.Low} to {seen.High}"));
        return Row.Of("observe", $"{name}: {seen.Case}", seen.Unit, seen.B, nameOfA, seen.A);
    }
}
