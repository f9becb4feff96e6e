using System.Diagnostics;
using System.Globalization;
using FastRing.EndToEnd.Keeping;
using FastRing.EndToEnd.Migration;
using FastRing.Host;
using FastRing.Spec;

namespace FastRing.EndToEnd.Soak;

/// <summary>
/// Everything at once, for long: a Linux guest whose daemon's workers are killed and replaced by upgrades while its ports come and go, and drivers that move from daemon
/// to daemon, whose workers are killed too; every byte of every stream is compared both ways.
/// </summary>
public sealed class SoakTests(ITestOutputHelper output)
{
    private const string Config =
        """
        { "api": { "socketPath": "FOLDER/api.sock" }, "guests": [
            { "name": "vm0", "socketPath": "FOLDER/vhost.sock", "maxPorts": 6, "ports": [
                { "name": "org.example.0", "backend": "resume:FOLDER/r.sock" }, { "name": "org.example.idle", "backend": "echo" } ] } ] }
        """;

    /// <summary>How long, unless FASTRING_SOAK_SECONDS says otherwise.</summary>
    private const int UsualSeconds = 120;

    /// <summary>Kibibytes the keeper, which sees neither bytes nor ports, may grow by; it keeps the last lines its workers said.</summary>
    private const int KeeperGrowth = 8 << 10;

    private static readonly TimeSpan s_time = TimeSpan.FromSeconds(int.Parse(Environment.GetEnvironmentVariable("FASTRING_SOAK_SECONDS") ?? $"{UsualSeconds}", CultureInfo.InvariantCulture));

    private readonly Random _random = new(2024);

    [Fact]
    public async Task Kills_upgrades_hot_plug_and_migrations_lose_no_byte_and_leave_nothing_behind()
    {
        using var files = new TemporaryFolder();
        await File.WriteAllTextAsync(files["guests.json"], Config.Replace("FOLDER", files.FullName, StringComparison.Ordinal));
        await using KeptDaemon kept = await KeptDaemon.StartAsync("--config", files["guests.json"]);
        await kept.BeginBootOnAsync(files["vhost.sock"], "org.example.0");
        await kept.Linux.WaitReadyAsync(GuestRig.Patience);
        await kept.EchoAsync("org.example.0");
        await using EchoedStream stream = await EchoedStream.StartAsync(files["r.sock"]);
        await using MovingGuest split = await MovingGuest.StartAsync(0);
        await using MovingGuest packed = await MovingGuest.StartAsync(VirtioFeatures.RingPacked);
        await using EchoedStream splitStream = await EchoedStream.StartAsync(split.Client);
        await using EchoedStream packedStream = await EchoedStream.StartAsync(packed.Client);
        string[] api = ["--api", files["api.sock"]];
        ProcessUse? first = null;
        int rounds = 0;
        for (long start = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(start) < s_time || rounds < 4; rounds++)
        {
            await kept.UntilSpareAsync();
            await Task.Delay(_random.Next(0, 200));
            await (rounds % 3 == 2 ? UpgradeAsync(kept) : kept.ReplaceAsync());
            await PlugAsync(kept, api, $"org.example.plugged.{rounds}");
            MovingGuest moving = rounds % 2 == 0 ? split : packed;
            await moving.MoveAsync();
            await (rounds % 4 < 2 ? moving.KillAsync() : Task.CompletedTask);
            foreach (EchoedStream each in (EchoedStream[])[stream, splitStream, packedStream])
            {
                await each.UntilMoreAsync(each.Read);
            }

            if (rounds == 1)
            {
                await kept.UntilSpareAsync();
                first = ProcessUse.Of(kept.Daemon.ProcessId);
            }
        }

        foreach (EchoedStream each in (EchoedStream[])[stream, splitStream, packedStream])
        {
            await each.FinishAsync();
        }

        await kept.RunAsync("kill -0 $(cat /tmp/echo)");
        await kept.UntilSpareAsync();
        ProcessUse last = ProcessUse.Of(kept.Daemon.ProcessId);
        output.WriteLine(
            $"{rounds} rounds in {s_time}: {stream.Read >> 10} KiB through the Linux guest, {(splitStream.Read + packedStream.Read) >> 10} KiB through those that move, nothing lost or doubled; the keeper: {first}, then {last}");
        await first!.AssertGrewNoMoreAsync(kept.Daemon.ProcessId, KeeperGrowth);
    }

    /// <summary>One for which the machine is too slow is given up, and its guest is where it was.</summary>
    private static async Task UpgradeAsync(KeptDaemon kept)
    {
        int workers = kept.Workers.Count;
        (int exit, _, string error) = await Programs.TryRunAsync(Programs.FastRing, ["upgrade", "--keeper", kept["keeper.sock"]]);
        bool isLate = exit != 0 && error.Contains("did not get ready in time", StringComparison.Ordinal);
        Assert.True(exit == 0 || isLate, error);
        Assert.Equal(workers + (isLate ? 0 : 1), kept.Workers.Count);
    }

    /// <summary>A port comes, is used in the guest, and goes.</summary>
    private static async Task PlugAsync(KeptDaemon kept, string[] api, string port)
    {
        await Programs.RunAsync(Programs.FastRing, ["add", "vm0", $"{port}=echo", .. api]);
        await kept.RunAsync($"wait-port {port} && exec 3<>{GuestRig.Links}/{port} && echo {port} >&3 && read -r line <&3 && [ \"$line\" = {port} ]");
        await Programs.RunAsync(Programs.FastRing, ["remove", $"vm0/{port}", .. api]);
        await kept.RunAsync($"i=0; while [ -e {GuestRig.Links}/{port} ]; do i=$((i + 1)); [ $i -le 2000 ] || exit 1; usleep 10000; done");
    }
}
