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
            ports.LongestRoundTrip(s_slice);
            await DumpAsync(ports); // The reader is compiled, too.
        }

        var times = new List<double>();
        var quiet = new List<double>();
        var during = new List<double>();
        for (int i = 0; i < (request.IsQuick ? 1 : 5) * Dumps; i++)
        {
            quiet.Add(ports.LongestRoundTrip(s_slice));
            Task<double> dump = Task.Run(() => DumpAsync(ports));
            during.Add(ports.LongestRoundTrip(s_slice));
            times.Add(await dump);
        }

        return
        [
            Row.Of("observe", "dump-rings, 511 ports", "ms", times, Limit, [LimitMs]),
            Row.Of("observe", "pause by dump-rings, 511 ports", "µs", during, "the longest round trip without", quiet),
            Row.Of("observe", "pause by dump-rings, median over the longest round trip without", "µs", [Spread.Of(during).Median - Spread.Of(quiet).Median], Limit, [LimitUs]),
        ];
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
}
