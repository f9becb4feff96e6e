namespace FastRing.EndToEnd.Keeping;

/// <summary>Another version of the program takes over.</summary>
public sealed class UpgradeTests
{
    [Fact]
    public async Task An_upgrade_under_load_loses_and_doubles_no_byte()
    {
        await using KeptDaemon kept = await KeptDaemon.StartAsync("--port", "org.example.0=resume:FOLDER/r.sock");
        await kept.BootAsync("org.example.0");
        await kept.EchoAsync("org.example.0");
        await using EchoedStream stream = await EchoedStream.StartAsync(kept["r.sock"]);
        for (int i = 0; i < 3; i++)
        {
            await stream.UntilMoreAsync(stream.Read);
            int workers = kept.Workers.Count;
            string said = await Programs.RunAsync(Programs.FastRing, ["upgrade", "--keeper", kept["keeper.sock"]]);
            Assert.Equal(workers + 1, kept.Workers.Count);
            Assert.Equal($"worker {kept.Workers[^1]} has taken over: {Programs.FastRing}", said.TrimEnd());
        }

        await stream.UntilMoreAsync(stream.Read);
        await stream.FinishAsync();
    }

    [Fact]
    public async Task A_worker_that_hangs_holds_up_no_upgrade()
    {
        await using KeptDaemon kept = await KeptDaemon.StartAsync("--port", "org.example.0=resume:FOLDER/r.sock");
        await kept.BootAsync("org.example.0");
        await kept.EchoAsync("org.example.0");
        await using EchoedStream stream = await EchoedStream.StartAsync(kept["r.sock"]);
        await stream.UntilMoreAsync(stream.Read);
        await Programs.RunAsync("kill", ["-STOP", $"{kept.Workers[^1]}"]);
        await Programs.RunAsync(Programs.FastRing, ["upgrade", "--keeper", kept["keeper.sock"]]);
        await stream.UntilMoreAsync(stream.Read);
        await stream.FinishAsync();
    }

    [Fact]
    public async Task A_program_that_can_not_serve_changes_nothing()
    {
        await using KeptDaemon kept = await KeptDaemon.StartAsync("--port", "a=unix:FOLDER/a.sock");
        int[] workers = [.. kept.Workers];
        foreach ((string program, string why) in (ValueTuple<string, string>[])[("/bin/false", "its worker ended with exit code 1"), ("/etc/passwd", "can't be started"), (kept["none"], "no such file")])
        {
            (int exit, _, string error) = await Programs.TryRunAsync(Programs.FastRing, ["upgrade", "--keeper", kept["keeper.sock"], "--program", program]);
            Assert.NotEqual(0, exit);
            Assert.Contains(why, error, StringComparison.Ordinal);
        }

        Assert.Equal(workers, kept.Workers);
        await kept.ReplaceAsync(); // Nor is it what the next worker runs.
    }

    [Fact]
    public async Task Who_asks_where_there_is_no_keeper_is_told()
    {
        using var folder = new TemporaryFolder();
        (int exit, _, string error) = await Programs.TryRunAsync(Programs.FastRing, ["upgrade", "--keeper", folder["none.sock"], "--json"]);
        Assert.Equal(3, exit);
        Assert.Contains("no keeper there", error, StringComparison.Ordinal);
    }
}
