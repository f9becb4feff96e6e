using System.Diagnostics;
using FastRing.Profiling;

namespace FastRing.Perf.Observing;

/// <summary>A dump of the rings of 511 ports: how long it takes, and how long it keeps a ring waiting.</summary>
internal static class DumpBench
{
    private const string Limit = "the limit";
    private const double LimitMs = 100;
    private const double LimitUs = 1000;
    private const int Dumps = 20;

    private static readonly TimeSpan s_slice = TimeSpan.FromMilliseconds(300);

    public static async Task<IReadOnlyList<Row>> RunAsync(PerfRequest request)
    {
        Progress.Say("dump of 511 ports");
        using var ports = new DumpedPorts();
        for (int i = 0; i < Dumps; i++)
        {
            ports.LongestRoundTrip(s_slice, isFirst: false);
            await DumpAsync(ports); // The reader is compiled, too.
        }

        int dumps = (request.IsQuick ? 1 : 5) * Dumps;
        Pauses shared = await PausesAsync(ports, dumps, areFirst: false);
        List<Row> rows = [Row.Of("observe", "dump-rings, 511 ports", "ms", shared.Times, Limit, [LimitMs]), .. RowsOf("pause by dump-rings, 511 ports", shared)];
        if (Environment.IsPrivilegedProcess)
        {
            ports.WorkersFirst();
            rows.AddRange(RowsOf("pause by dump-rings, 511 ports, ring's threads first", await PausesAsync(ports, dumps, areFirst: true)));
        }

        return rows;
    }

    private static Row[] RowsOf(string name, Pauses seen) =>
    [
        Row.Of("observe", name, "µs", seen.During, "the longest round trip without", seen.Quiet),
        Row.Of("observe", $"{name}: median over the longest round trip without", "µs", [Spread.Of(seen.During).Median - Spread.Of(seen.Quiet).Median], Limit, [LimitUs]),
    ];

    /// <param name="ports">Who is asked.</param>
    /// <param name="dumps">How often.</param>
    /// <param name="areFirst">Whether the ring's two threads come before those of the dump.</param>
    private static async Task<Pauses> PausesAsync(DumpedPorts ports, int dumps, bool areFirst)
    {
        var seen = new Pauses([], [], []);
        for (int i = 0; i < dumps; i++)
        {
            seen.Quiet.Add(ports.LongestRoundTrip(s_slice, areFirst));
            Task<double> dump = Task.Run(() => DumpAsync(ports));
            seen.During.Add(ports.LongestRoundTrip(s_slice, areFirst));
            seen.Times.Add(await dump);
        }

        return seen;
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
