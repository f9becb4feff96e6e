using System.Globalization;
using FastRing.EndToEnd.Isolation;

namespace FastRing.EndToEnd;

/// <summary>Signals that come while the program starts, which it does twice where it has a sandbox.</summary>
public sealed class EarlySignalTests
{
    private const int Attempts = 20;
    private const string Config = """{ "guests": [ { "name": "vm0", "socketPath": "FOLDER/vmms/vm0.sock", "ports": [ { "name": "a", "backend": "unix:FOLDER/vm0/a.sock" } ] } ] }""";

    [Theory]
    [InlineData]
    [InlineData("--keep", "FOLDER/vm1/keeper.sock")]
    [InlineData("--isolate")]
    public async Task A_reload_that_is_asked_for_meanwhile_is_made_when_it_serves(params string[] options)
    {
        using TemporaryFolder folder = IsolatedDaemon.Folders();
        using Daemon daemon = await SignalledAsync("HUP", folder, options);
        await daemon.UntilServingAsync();
        await daemon.UntilLogAsync("guests.json read again");
        Assert.Equal(0, await daemon.TerminateAsync());
    }

    [Theory]
    [InlineData]
    [InlineData("--keep", "FOLDER/vm1/keeper.sock")]
    [InlineData("--isolate")]
    public async Task An_end_that_is_asked_for_meanwhile_is_one_in_order(params string[] options)
    {
        using TemporaryFolder folder = IsolatedDaemon.Folders();
        using Daemon daemon = await SignalledAsync("TERM", folder, options);
        Assert.Equal(0, await daemon.WaitExitAsync());
        Assert.Equal(["guests.json"], Directory.GetFiles(folder.FullName, "*", SearchOption.AllDirectories).Select(Path.GetFileName));
    }

    /// <summary>Starts it and signals it again and again, from when its first instructions have run: before, the kernel ends whom nobody answers for.</summary>
    private static async Task<Daemon> SignalledAsync(string signal, TemporaryFolder folder, string[] options)
    {
        await File.WriteAllTextAsync(folder["guests.json"], IsolatedDaemon.Place(folder, Config));
        for (int i = 0; i < Attempts; i++)
        {
            var daemon = Daemon.Begin(["serve", "--config", folder["guests.json"], .. options.Select(o => IsolatedDaemon.Place(folder, o))]);
            while (!daemon.Log.Any(l => l.Contains("serving", StringComparison.Ordinal)))
            {
                if (HoldsSignals(daemon.ProcessId))
                {
                    await Programs.RunAsync("sh", ["-c", $"for i in $(seq 20); do kill -{signal} {daemon.ProcessId} || true; sleep 0.02; done"]);
                    return daemon;
                }
            }

            await daemon.TerminateAsync(); // It was quicker than its status could be read.
            daemon.Dispose();
        }

        throw new TimeoutException("it holds no signals while it starts");
    }

    /// <summary>SIGHUP, and not all of them, as the C library does for a moment when it starts a thread.</summary>
    private static bool HoldsSignals(int process) => Programs.StatusOf(process, "SigBlk") is { } blocked && (ulong.Parse(blocked, NumberStyles.HexNumber, CultureInfo.InvariantCulture) & 0x201) == 1; // SIGUSR1, SIGHUP
}
