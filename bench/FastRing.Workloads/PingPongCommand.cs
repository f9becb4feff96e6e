using System.CommandLine;

namespace FastRing.Workloads;

/// <summary><c>workloads pingpong</c>.</summary>
internal static class PingPongCommand
{
    public static Command Create()
    {
        Option<int> runs = new("--runs") { Description = "Measurements of 10 ms.", DefaultValueFactory = _ => 5 };
        Option<int> cpu = new("--cpu") { Description = "One processor.", DefaultValueFactory = _ => 0 };
        Option<int> other = new("--other-cpu") { Description = "The other.", DefaultValueFactory = _ => 1 };
        var command = new Command("pingpong", "Round trip of a cache line between two processors, ns.") { runs, cpu, other };
        command.SetAction(parsed =>
        {
            double[] values = new double[parsed.GetValue(runs)];
            for (int i = 0; i < values.Length; i++)
            {
                values[i] = CoreDistance.Measure(parsed.GetValue(cpu), parsed.GetValue(other));
            }

            return new Measurement("ns/round trip", values).Print();
        });
        return command;
    }
}
