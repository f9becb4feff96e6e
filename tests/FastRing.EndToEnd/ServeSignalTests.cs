namespace FastRing.EndToEnd;

/// <summary>What signals do to a daemon.</summary>
public sealed class ServeSignalTests
{
    /// <summary>Before that the signal ends any process.</summary>
    private const string UntilItCatchesSIGHUP = "until [ $((0x$(sed -n 's/^SigCgt:[[:space:]]*//p' /proc/$daemon/status) & 1)) = 1 ]; do sleep 0.005; done";

    [Fact]
    public async Task SIGTERM_ends_it_with_code_0_and_takes_its_sockets_away()
    {
        using var folder = new TemporaryFolder();
        using Daemon daemon = await Daemon.StartAsync(["serve", "--socket-path", folder["v.sock"], "--port", $"a=unix:{folder["a.sock"]}"]);
        Assert.Equal(2, Directory.GetFiles(folder.FullName).Length);

        Assert.Equal(0, await daemon.TerminateAsync());
        Assert.Empty(Directory.GetFiles(folder.FullName));
    }

    [Fact]
    public async Task SIGTERM_at_any_moment_of_the_start_leaves_nothing_behind()
    {
        using var folder = new TemporaryFolder();
        for (int milliseconds = 20; milliseconds <= 200; milliseconds += 10)
        {
            (int exit, _, string error) = await Programs.TryRunAsync(
                "timeout", ["-s", "TERM", $"0.{milliseconds:000}", Programs.FastRing, "serve", "--socket-path", folder["v.sock"], "--port", $"a=unix:{folder["a.sock"]}"]);
            Assert.True(exit == 124, $"after {milliseconds} ms: {exit}, {error}");
            Assert.DoesNotContain("xception", error, StringComparison.Ordinal);
            Assert.Empty(Directory.GetFiles(folder.FullName));
        }
    }

    [Fact]
    public async Task A_SIGBUS_that_is_not_about_a_guests_memory_ends_it_as_ever()
    {
        using var folder = new TemporaryFolder();
        using Daemon daemon = await Daemon.StartAsync(["serve", "--socket-path", folder["v.sock"]]);

        // The runtime takes the first for a fault that will come again, and leaves it to the system's way.
        await Programs.RunAsync("kill", ["-BUS", $"{daemon.ProcessId}"]);
        await Task.Delay(200);
        await Programs.RunAsync("kill", ["-BUS", $"{daemon.ProcessId}"]);
        Assert.Contains(await daemon.WaitExitAsync(), (int[])[128 + 6, 128 + 7]);
    }

    [Theory]
    [InlineData("0.00")]
    [InlineData("0.05")]
    [InlineData("0.10")]
    [InlineData("0.20")]
    [InlineData("0.40")]
    public async Task SIGHUP_while_it_starts_has_the_file_read_again(string seconds)
    {
        using var folder = new TemporaryFolder();
        await File.WriteAllTextAsync(folder["guests.json"], $$"""{"guests": [{"socketPath": "{{folder["v.sock"]}}"}]}""");
        using Daemon daemon = await Daemon.StartAsync(
            ["-c", $"{Programs.FastRing} serve --config {folder["guests.json"]} & daemon=$!; trap 'kill $daemon' TERM; {UntilItCatchesSIGHUP}; sleep {seconds}; kill -HUP $daemon; wait $daemon; wait $daemon"], "bash");
        await daemon.UntilLogAsync("guests.json read again");
        Assert.Equal(0, await daemon.TerminateAsync());
    }

    [Fact]
    public async Task A_closed_terminal_ends_it_in_order()
    {
        using var folder = new TemporaryFolder();
        using Daemon daemon = await Daemon.StartAsync(["serve", "--socket-path", folder["v.sock"]]);
        await Programs.RunAsync("kill", ["-HUP", $"{daemon.ProcessId}"]);
        Assert.Equal(0, await daemon.WaitExitAsync());
        Assert.Empty(Directory.GetFiles(folder.FullName));
    }
}
