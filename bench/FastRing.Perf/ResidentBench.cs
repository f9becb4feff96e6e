using System.Text.Json;
using FastRing.Host.Guests;

namespace FastRing.Perf;

/// <summary>What one daemon holds in memory for four Linux guests.</summary>
internal static class ResidentBench
{
    private const int GuestCount = 4;
    private const int Ports = 8;
    private const double LimitMib = 64;

    public static async Task<IReadOnlyList<Row>> RunAsync(int runs)
    {
        GuestRoot root = await GuestRoot.PrepareAsync(await GuestPackages.FindAsync());
        string[] programs = [FastRingProgram.Built, .. Environment.GetEnvironmentVariable("FASTRING_PROGRAM") is { } other ? new[] { other } : []];
        var rows = new List<Row>();
        foreach (string program in programs)
        {
            var measured = new List<(double Busy, double Quiet)>();
            for (int i = 0; i < Math.Min(runs, 3); i++)
            {
                measured.Add(await MeasureAsync(root, program));
            }

            string build = $"{GuestCount} guests x {Ports} ports, {(program == FastRingProgram.Built ? "as built (JIT)" : program)}";
            rows.Add(Row.Of("resident", $"{build}, quiet", "MiB", measured.Select(m => m.Quiet), "the limit", [LimitMib]));
            rows.Add(Row.Of("resident", $"{build}, right after the traffic", "MiB", measured.Select(m => m.Busy), "the limit", [LimitMib]));
        }

        return rows;
    }

    private static async Task<(double Busy, double Quiet)> MeasureAsync(GuestRoot root, string program)
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("fastring-perf-");
        string Socket(int guest) => Path.Combine(folder.FullName, $"vhost-{guest}.sock");
        string config = Path.Combine(folder.FullName, "guests.json");
        File.WriteAllText(config, JsonSerializer.Serialize(new
        {
            guests = Enumerable.Range(0, GuestCount).Select(g => new
            {
                name = $"guest-{g}",
                socketPath = Socket(g),
                maxPorts = Ports + 1,
                ports = Enumerable.Range(0, Ports).Select(p => new { name = $"echo-{p}", backend = "echo" }),
            }),
        }));
        var guests = new List<UmlGuest>();
        try
        {
            using FastRingProgram daemon = FastRingProgram.Serve(program, Socket(0), ["--config", config]);
            for (int g = 0; g < GuestCount; g++)
            {
                guests.Add(UmlGuest.Start(root, new UmlGuestOptions { DeviceSockets = [Socket(g)], RunAgent = false, LoggedInUser = null }));
            }

            await Task.WhenAll(guests.Select(g => TalkAsync(g)));
            double busy = daemon.ResidentMib;
            await Task.Delay(TimeSpan.FromSeconds(3));
            return (busy, daemon.ResidentMib);
        }
        finally
        {
            foreach (UmlGuest guest in guests)
            {
                await guest.DisposeAsync();
            }

            folder.Delete(recursive: true);
        }
    }

    /// <summary>4 MiB through every port of a guest, and back.</summary>
    private static async Task TalkAsync(UmlGuest guest)
    {
        var patience = TimeSpan.FromSeconds(60);
        await guest.WaitReadyAsync(patience);
        CommandResult result = await guest.RunAsync(
            $$"""
            for p in $(seq 0 {{Ports - 1}}); do
              wait-port echo-$p || exit 1
              (exec 3<>/dev/virtio-ports/echo-$p; dd bs=64k count=64 iflag=fullblock <&3 >/dev/null 2>&1 & dd if=/dev/zero bs=32k count=128 >&3 2>/dev/null; wait) &
            done
            wait
            """,
            patience);
        if (result.ExitCode != 0)
        {
            throw new IOException($"the guest's traffic failed: {result.Output}");
        }
    }
}
