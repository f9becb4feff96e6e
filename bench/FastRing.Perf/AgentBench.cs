using System.Diagnostics;
using FastRing.Host.Guests;

namespace FastRing.Perf;

/// <summary>What the library's guest-ping takes beside a program that writes it to the socket and reads a line.</summary>
internal static class AgentBench
{
    private const int Pings = 1000;
    private const int QuickPings = 300;
    private const int LeastRuns = 5;

    // Tiered compilation takes its time: until the last tier is there, a call takes twice as long.
    private static readonly TimeSpan s_warmTime = TimeSpan.FromSeconds(4);

    private const string Raw = "raw socket client";

    public static async Task<IReadOnlyList<Row>> RunAsync(PerfRequest request, MachineState machine)
    {
        GuestPackages packages = await GuestPackages.FindAsync();
        var rows = new List<Row>();
        using (AgentProgram direct = await AgentProgram.StartAsync(packages.Agent ?? throw new IOException(packages.Missing)))
        {
            rows.AddRange(await MeasureAsync("ping-direct", direct.Socket, request));
        }

        await using (AgentGuest guest = await AgentGuest.StartAsync())
        {
            rows.AddRange(await MeasureAsync("ping-guest", guest.AgentSocket, request));
        }

        machine.Remarks.Add("Direct: qemu-ga on a unix socket of this machine. Guest: in user-mode Linux, through a port. In turn, each run over a connection of its own; the raw client waits in its thread and does not synchronise.");
        return rows;
    }

    private static async Task<IEnumerable<Row>> MeasureAsync(string name, string socket, PerfRequest request)
    {
        Progress.Say(name);
        int count = request.IsQuick ? QuickPings : Pings;
        for (long start = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(start) < s_warmTime;)
        {
            await AgentPings.OfLibraryAsync(socket, QuickPings);
            AgentPings.OfRawClient(socket, QuickPings);
        }

        var own = new List<AgentPings>();
        var raw = new List<AgentPings>();
        for (int i = 0; i < Math.Max(request.Runs, LeastRuns); i++)
        {
            own.Add(await AgentPings.OfLibraryAsync(socket, count));
            raw.Add(AgentPings.OfRawClient(socket, count));
        }

        return
        [
            Row.Of("agent", $"{name} p50", "us", own.Select(p => p.Us(50)), Raw, raw.Select(p => p.Us(50))).With(Curve(own), Curve(raw)),
            Row.Of("agent", $"{name} p99", "us", own.Select(p => p.Us(99)), Raw, raw.Select(p => p.Us(99))),
        ];
    }

    private static PercentileCurve Curve(IEnumerable<AgentPings> pings) => PercentileCurve.Of(pings.Select(p => p.Times), PercentileCurve.NsPerUs);
}
