using System.Globalization;

namespace FastRing.Perf;

/// <summary>One guest's output to one client, and to a thousand.</summary>
internal static class HubBench
{
    private const string Loop = "a loop over socket pairs";
    private const int Crowd = 1000;

    public static IReadOnlyList<Row> Run(PerfRequest request, MachineState machine)
    {
        int runs = request.IsQuick ? 3 : request.Runs;
        var rows = new List<Row>();
        foreach ((ComparedWorkload what, int times) in ((ComparedWorkload, int)[])
            [
                (Of("observers-1", Loop, "throughput", 1), runs),
                (Of($"observers-{Crowd}", Loop, "throughput", Crowd), runs),
                (Of($"lost-{Crowd}", "nothing", "lost", Crowd), runs),
                (Of($"memory-{Crowd}", "the limit", "memory", Crowd), 1),
            ])
        {
            rows.Add(what.Row(what.Measure(times)));
        }

        machine.Remarks.Add("Throughput is the guest's, of 16 KiB buffers, with every client reading all of it: a thousand of them are given a thousand times as much.");
        machine.Remarks.Add("The loop has a thread for nothing else, blocking sockets of the system's size, and no scrollback; the hub's sockets hold 64 KiB each, and it waits 10 s for a reader that does not get the processor.");
        return rows;
    }

    private static ComparedWorkload Of(string name, string peer, string what, int observers) =>
        new("hub", name, peer, "hub", "--case", what, "--observers", observers.ToString(CultureInfo.InvariantCulture)) { CrossesProcessors = what == "throughput" };
}
