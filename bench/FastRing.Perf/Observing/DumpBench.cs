using System.Diagnostics;
using System.Runtime;
using FastRing.Profiling;

namespace FastRing.Perf.Observing;

/// <summary>A dump of the rings of 511 ports: how long it takes, and how long it keeps a ring waiting.</summary>
internal static class DumpBench
{
    private const string Limit = "the limit";
    private const double LimitMs = 100;
    private const double LimitUs = 1000;
    private const int Dumps = 20;
    private const long MostAllocated = 128 << 20;

    private static readonly TimeSpan s_slice = TimeSpan.FromMilliseconds(500);

    public static async Task<IReadOnlyList<Row>> RunAsync(PerfRequest request, MachineState machine)
    {
        Progress.Say("dump of 511 ports");
        using var ports = new DumpedPorts();
        await PausesAsync(ports, Dumps, areFirst: false); // The reader is compiled, too.
        int dumps = (request.IsQuick ? 1 : 3) * Dumps;
        List<Row> rows = [.. RowsOf("511 ports", await PausesAsync(ports, dumps, areFirst: false), machine)];
        try
        {
            ports.WorkersFirst();
            rows.AddRange(RowsOf("511 ports, the ring's two threads first", await PausesAsync(ports, dumps, areFirst: true), machine));
            machine.Remarks.Add("the ring's two threads first: the worker and its driver come before all others (SCHED_FIFO). What is left is what the dump has the two do, and the daemon's runtime, which stops all its threads to collect garbage.");
        }
        catch (IOException e)
        {
            machine.Remarks.Add($"no rows with the ring's two threads first: {e.Message}");
        }

        return rows;
    }

    private static Row[] RowsOf(string name, Pauses seen, MachineState machine)
    {
        double longer = Spread.Of(seen.During).Median - Spread.Of(seen.Quiet).Median;
        machine.Remarks.Add(FormattableString.Invariant(
            $"dump, {name}: of {seen.During.Count} slices with a dump {seen.During.Count(p => p > LimitUs)} had a round trip above {LimitUs} µs, of those without {seen.Quiet.Count(p => p > LimitUs)}"));
        return
        [
            Row.Of("observe", $"dump-rings, {name}", "ms", seen.Times, Limit, [LimitMs]),
            Row.Of("observe", $"pause by dump-rings, {name}", "µs", seen.During, "the longest round trip without", seen.Quiet),
            Row.Of("observe", $"pause by dump-rings, {name}: median over the longest round trip without", "µs", [longer], Limit, [LimitUs]),
        ];
    }

    /// <param name="ports">Who is asked.</param>
    /// <param name="dumps">How often.</param>
    /// <param name="areFirst">Whether the ring's two threads come before those of the dump.</param>
    private static async Task<Pauses> PausesAsync(DumpedPorts ports, int dumps, bool areFirst)
    {
        var seen = new Pauses([], [], []);
        for (int i = 0; i < dumps; i++)
        {
            seen.Quiet.Add(await UncollectedAsync(() => Task.FromResult(ports.BeginRoundTrips(s_slice, areFirst)())));
            seen.During.Add(await UncollectedAsync(async () =>
            {
                Func<double> slice = ports.BeginRoundTrips(s_slice, areFirst);
                seen.Times.Add(await DumpAsync(ports).WaitAsync(s_slice));
                return slice();
            }));
        }

        return seen;
    }

    /// <summary>Runs a slice in which this process collects no garbage: that would stop the driver's thread, and who asks is another process but for this measurement.</summary>
    private static async Task<double> UncollectedAsync(Func<Task<double>> slice)
    {
        GC.TryStartNoGCRegion(MostAllocated);
        try
        {
            return await slice();
        }
        finally
        {
            if (GCSettings.LatencyMode == GCLatencyMode.NoGCRegion)
            {
                GC.EndNoGCRegion();
            }
        }
    }

    /// <returns>Milliseconds.</returns>
    private static async Task<double> DumpAsync(DumpedPorts ports)
    {
        long start = Stopwatch.GetTimestamp();
        IReadOnlyList<FastRing.Profiling.Report> reports = await Reports.AskAsync(new TargetProcess(ports.ProcessId));
        double taken = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        int told = reports.Count(r => r.Kind == "ring");
        return told >= DumpedPorts.Rings ? taken : throw new IOException($"{told} rings were told of instead of {DumpedPorts.Rings}");
    }

    /// <param name="Times">Of the dumps, in milliseconds.</param>
    /// <param name="Quiet">The longest round trip of each slice without a dump, in microseconds.</param>
    /// <param name="During">Of each slice with one.</param>
    private sealed record Pauses(List<double> Times, List<double> Quiet, List<double> During);
}
