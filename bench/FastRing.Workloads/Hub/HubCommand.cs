using System.CommandLine;

namespace FastRing.Workloads.Hub;

/// <summary><c>workloads hub</c>.</summary>
internal static class HubCommand
{
    public static Command Create()
    {
        Option<string> what = new("--case") { Description = "What is compared.", DefaultValueFactory = _ => "throughput" };
        what.AcceptOnlyFromAmong("throughput", "lost", "memory");
        Option<int> observers = new("--observers") { Description = "Clients of the hub.", DefaultValueFactory = _ => 1000 };
        Option<int> runs = new("--runs") { Description = "Runs.", DefaultValueFactory = _ => 5 };
        Option<double> warm = new("--warm") { Description = "Seconds before the first run.", DefaultValueFactory = _ => 2.5 };
        var command = new Command("hub", "One guest's output to many clients of a unix socket.") { what, observers, runs, warm };
        command.SetAction(parsed =>
        {
            using IComparison comparison = Case(parsed.GetValue(what)!, parsed.GetValue(observers));
            return ComparedRuns.Measure(comparison, parsed.GetValue(runs), parsed.GetValue(warm)).Print();
        });
        return command;
    }

    private static IComparison Case(string name, int observers) => name switch
    {
        "lost" => new HubLoss(observers),
        "memory" => new HubMemory(observers),
        _ => new HubThroughput(observers),
    };
}
