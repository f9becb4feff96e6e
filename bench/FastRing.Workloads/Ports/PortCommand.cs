using System.CommandLine;

namespace FastRing.Workloads.Ports;

/// <summary><c>workloads port</c>.</summary>
internal static class PortCommand
{
    public static Command Create()
    {
        Option<string> what = new("--case") { Description = "What passes the port.", DefaultValueFactory = _ => "in-place" };
        what.AcceptOnlyFromAmong("in-place", "private", "socket", "round-trip", "beside-idle");
        Option<int> size = new("--size") { Description = "Bytes of a buffer.", DefaultValueFactory = _ => 65536 };
        Option<int> runs = new("--runs") { Description = "Runs.", DefaultValueFactory = _ => 5 };
        Option<double> warm = new("--warm") { Description = "Seconds before the first run.", DefaultValueFactory = _ => 2.5 };
        var command = new Command("port", "Bytes through a port of the console device, and the same without it in turn.") { what, size, runs, warm };
        command.SetAction(parsed =>
        {
            using IComparison comparison = Case(parsed.GetValue(what)!, parsed.GetValue(size));
            return ComparedRuns.Measure(comparison, parsed.GetValue(runs), parsed.GetValue(warm)).Print();
        });
        return command;
    }

    private static IComparison Case(string name, int messageBytes) => name switch
    {
        "in-place" => new PipeThroughput(messageBytes, inPlace: true),
        "private" => new PipeThroughput(messageBytes, inPlace: false),
        "socket" => new SocketThroughput(messageBytes),
        "round-trip" => new PolledRoundTrip(),
        _ => new BesideIdlePorts(messageBytes),
    };
}
