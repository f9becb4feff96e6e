using System.Diagnostics;
using System.Globalization;
using FastRing.Host.Guests;

namespace FastRing.Perf;

/// <summary>
/// A daemon with a keeper, and a Linux guest that sends back what comes through a resumable port: how long nothing comes back when the worker is killed, and when it is replaced by an
/// upgrade. FASTRING_PROGRAM names another build of it to measure.
/// </summary>
internal static class RecoveryBench
{
    private const string Port = "org.example.0";
    private const double KillLimitMs = 100;
    private const double UpgradeLimitMs = 20;
    private static readonly TimeSpan s_undisturbed = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    public static async Task<IReadOnlyList<Row>> RunAsync(int runs)
    {
        string program = Environment.GetEnvironmentVariable("FASTRING_PROGRAM") ?? FastRingProgram.Built;
        DirectoryInfo folder = Directory.CreateTempSubdirectory("fastring-perf-");
        try
        {
            using var daemon = KeptProgram.Start(program, folder.FullName, $"{Port}=resume:{Path.Combine(folder.FullName, "r.sock")}");
            GuestRoot root = await GuestRoot.PrepareAsync(await GuestPackages.FindAsync());
            await using UmlGuest guest = UmlGuest.Start(root, new UmlGuestOptions { DeviceSockets = [daemon.Socket], WaitPorts = [Port], RunAgent = false, LoggedInUser = null });
            await guest.WaitReadyAsync(s_patience);
            await guest.RunAsync($"(exec 3<>/dev/virtio-ports/{Port}; while :; do cat <&3 >&3; usleep 10000; done) >/dev/null 2>&1 &", s_patience);
            await using RecoveryTraffic traffic = await RecoveryTraffic.StartAsync(Path.Combine(folder.FullName, "r.sock"));
            List<double> undisturbed = await UndisturbedAsync(runs, traffic);
            List<double> killed = await PausesAsync(runs, daemon, traffic, daemon.Kill);
            List<double> upgraded = await PausesAsync(runs, daemon, traffic, daemon.Upgrade);
            return [.. Rows("nothing done for 200 ms", undisturbed, UpgradeLimitMs), .. Rows("worker killed", killed, KillLimitMs), .. Rows("upgrade", upgraded, UpgradeLimitMs)];
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    /// <summary>What the guest, the client and the machine make others wait for themselves.</summary>
    private static async Task<List<double>> UndisturbedAsync(int runs, RecoveryTraffic traffic)
    {
        var pauses = new List<double>();
        for (int i = 0; i < runs; i++)
        {
            await traffic.UntilMoreAsync(s_patience);
            traffic.BeginPause();
            await Task.Delay(s_undisturbed);
            await traffic.UntilMoreAsync(s_patience);
            pauses.Add(traffic.LongestPause.TotalMilliseconds);
        }

        return pauses;
    }

    private static IEnumerable<Row> Rows(string what, List<double> pauses, double limit)
    {
        double[] sorted = [.. pauses.Order()];
        yield return Row.Of("recovery", $"{what}: longest time without a byte", "ms", pauses, "the limit", [limit]);
        yield return Row.Of("recovery", string.Create(CultureInfo.InvariantCulture, $"{what}: the same, 99th percentile of {sorted.Length}"), "ms", [sorted[(int)Math.Ceiling(sorted.Length * 0.99) - 1]], "the limit", [limit]);
    }

    private static async Task<List<double>> PausesAsync(int runs, KeptProgram daemon, RecoveryTraffic traffic, Action replace)
    {
        var pauses = new List<double>();
        for (int i = 0; i <= runs; i++)
        {
            await traffic.UntilMoreAsync(s_patience);
            daemon.AwaitSpare(s_patience);
            traffic.BeginPause();
            int workers = daemon.Workers;
            replace();
            long start = Stopwatch.GetTimestamp();
            while (daemon.Workers == workers && Stopwatch.GetElapsedTime(start) < s_patience)
            {
                await Task.Delay(1);
            }

            await traffic.UntilMoreAsync(s_patience);
            if (i > 0) // The first is the keeper's first.
            {
                pauses.Add(traffic.LongestPause.TotalMilliseconds);
            }
        }

        return pauses;
    }
}
