using System.CommandLine;
using FastRing.Console;

namespace FastRing.Workloads.Fairness;

/// <summary><c>workloads fairness</c>.</summary>
internal static class FairnessCommand
{
    private static readonly int[] s_equal = [.. Enumerable.Repeat(16 * 1024, 8)];
    private static readonly int[] s_mixed = [4096, 8192, 16384, 32768, 65536, 4096, 16384, 65536];

    public static Command Create()
    {
        Option<string> what = new("--case") { Description = "What is compared.", DefaultValueFactory = _ => "stalled" };
        what.AcceptOnlyFromAmong("stalled", "round-trip", "memory", "jain", "jain-mixed", "bytes", "messages");
        Option<int> ports = new("--ports") { Description = "Stalled ports.", DefaultValueFactory = _ => 30 };
        Option<int> runs = new("--runs") { Description = "Runs.", DefaultValueFactory = _ => 5 };
        Option<double> warm = new("--warm") { Description = "Seconds before the first run.", DefaultValueFactory = _ => 2.5 };
        var command = new Command("fairness", "A port beside stalled ones, ports that are flooded, and ports with a limit.") { what, ports, runs, warm };
        command.SetAction(parsed =>
        {
            using IComparison comparison = Case(parsed.GetValue(what)!, parsed.GetValue(ports));
            return ComparedRuns.Measure(comparison, parsed.GetValue(runs), parsed.GetValue(warm)).Print();
        });
        return command;
    }

    private static IComparison Case(string name, int ports) => name switch
    {
        "stalled" => new StalledThroughput(ports),
        "round-trip" => new StalledRoundTrip(ports),
        "memory" => new StalledMemory(ports),
        "jain" => new JainIndex(s_equal),
        "jain-mixed" => new JainIndex(s_mixed),
        "bytes" => new LimitedPort(new RateLimit(BytesPerSecond: 10_000_000)),
        _ => new LimitedPort(new RateLimit(MessagesPerSecond: 10_000)),
    };
}
