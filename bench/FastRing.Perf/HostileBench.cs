using System.Diagnostics;
using FastRing.Workloads;
using FastRing.Workloads.Hostile;
using HdrHistogram;

namespace FastRing.Perf;

/// <summary>What a hostile guest, VMM or client costs a neighbour on the same worker.</summary>
internal static class HostileBench
{
    private const string Quiet = "the same, nobody attacking";

    private static readonly TimeSpan s_slice = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_start = TimeSpan.FromMilliseconds(500); // The attacker's program starts, and is compiled.

    public static IReadOnlyList<Row> Run(PerfRequest request, MachineState machine)
    {
        machine.Remarks.Add("64 bytes to an echo port and back, of a guest on the worker of the attacked one, which is tied to processor 0; 99 of 100 take that long at most. Attackers run on processor 1, where the guest has precedence.");
        using var world = new HostileWorld();
        world.RoundTrips(s_slice);
        return [.. Attacks.All.Keys.Select(attack => Measure(world, attack, request.IsQuick ? 1 : request.Runs, machine))];
    }

    private static Row Measure(HostileWorld world, string attack, int runs, MachineState machine)
    {
        Progress.Say(attack);
        var attacked = new List<LongHistogram>();
        var quiet = new List<LongHistogram>();
        double times = 0;
        for (int i = 0; i < runs; i++)
        {
            quiet.Add(world.RoundTrips(s_slice));
            using Process attacker = world.Attack(attack);
            Thread.Sleep(s_start);
            attacked.Add(world.RoundTrips(s_slice));
            attacker.StandardInput.Close();
            times += Measurement.Parse(attacker.StandardOutput.ReadToEnd()).Values[0];
            attacker.WaitForExit();
        }

        machine.Remarks.Add($"{attack}: {times / runs:0} times in each of its runs");
        return Row.Of("hostile", attack, "µs p99", attacked.Select(P99), Quiet, quiet.Select(P99))
            .With(PercentileCurve.Of(attacked, PercentileCurve.NsPerUs), PercentileCurve.Of(quiet, PercentileCurve.NsPerUs));
    }

    private static double P99(LongHistogram times) => times.GetValueAtPercentile(99) / PercentileCurve.NsPerUs;
}
