using System.Diagnostics;
using System.Net.Sockets;

namespace FastRing.EndToEnd.Keeping;

/// <summary>The keeper as the process that users and service managers see.</summary>
public sealed class KeeperTests
{
    [Fact]
    public async Task SIGTERM_ends_everything_in_order()
    {
        await using KeptDaemon kept = await KeptDaemon.StartAsync("--port", "a=unix:FOLDER/a.sock");
        await kept.UntilSpareAsync();
        Assert.Equal(["a.sock", "keeper.sock", "vhost.sock"], kept.Files.Order());
        int[] workers = [.. kept.Children];
        Assert.Equal(2, workers.Length);
        Assert.Equal(0, await kept.Daemon.TerminateAsync());
        Assert.Empty(kept.Files);
        Assert.All(workers, id => Assert.False(Directory.Exists($"/proc/{id}")));
    }

    [Fact]
    public async Task Workers_end_with_a_keeper_that_is_killed()
    {
        await using KeptDaemon kept = await KeptDaemon.StartAsync("--port", "a=unix:FOLDER/a.sock");
        await kept.UntilSpareAsync();
        using NetworkStream vmm = await HostClients.ConnectAsync(kept["vhost.sock"]);
        int[] workers = [.. kept.Children];
        Assert.Equal(2, workers.Length);
        await Programs.RunAsync("kill", ["-KILL", $"{kept.Daemon.ProcessId}"]);
        Assert.Equal(0, await vmm.ReadAsync(new byte[1]).AsTask().WaitAsync(GuestRig.Patience));
        await GuestRig.UntilAsync(() => workers.All(id => !Directory.Exists($"/proc/{id}")));
        Assert.DoesNotContain("a.sock", kept.Files); // The worker's own end was one in order.
    }

    [Fact]
    public async Task What_is_wrong_with_its_command_line_is_said_once_and_ends_it()
    {
        using var folder = new TemporaryFolder();
        foreach ((string port, string words) in (ValueTuple<string, string>[])[($"a=unix:{folder["none/a.sock"]}", "none/a.sock"), ("a=nothing:", "nothing")])
        {
            (int exit, _, string error) = await Programs.TryRunAsync(Programs.FastRing, ["serve", "--keep", folder["keeper.sock"], "--socket-path", folder["v.sock"], "--port", port]);
            Assert.Equal(2, exit);
            Assert.Equal(1, error.Split('\n').Count(line => line.StartsWith("fastring: ", StringComparison.Ordinal)));
            Assert.Contains(words, error, StringComparison.Ordinal);
            Assert.Empty(Directory.GetFiles(folder.FullName));
        }
    }

    [Fact]
    public async Task What_the_API_changed_and_what_a_file_says_by_now_is_so_for_the_next_worker()
    {
        const string First = """{"guests": [{"name": "vm0", "socketPath": "FOLDER/vhost.sock", "ports": [{"name": "a", "backend": "unix:FOLDER/a.sock"}]}], "api": {"socketPath": "FOLDER/api.sock"}}""";
        const string Second = """{"guests": [{"name": "vm0", "socketPath": "FOLDER/vhost.sock", "ports": [{"name": "b", "backend": "unix:FOLDER/b.sock"}]}, {"name": "vm1", "socketPath": "FOLDER/vhost1.sock", "ports": []}], "api": {"socketPath": "FOLDER/api.sock"}}""";
        using var files = new TemporaryFolder();
        string file = files["guests.json"];
        await File.WriteAllTextAsync(file, First.Replace("FOLDER", files.FullName, StringComparison.Ordinal));
        await using KeptDaemon kept = await KeptDaemon.StartAsync("--config", file);
        await kept.Daemon.UntilLogAsync("management API");
        string[] api = ["--api", files["api.sock"]];
        await Programs.RunAsync(Programs.FastRing, ["add", "vm0", $"c=unix:{files["c.sock"]}", .. api]);
        await Programs.RunAsync(Programs.FastRing, ["limit", "vm0/a", "--to-host-bytes", "1000", .. api]);
        await kept.ReplaceAsync();
        string listed = await ListAsync(kept, api);
        Assert.Contains("\"c\"", listed, StringComparison.Ordinal);
        Assert.Contains("1000", listed, StringComparison.Ordinal);

        await File.WriteAllTextAsync(file, Second.Replace("FOLDER", files.FullName, StringComparison.Ordinal));
        await Programs.RunAsync("kill", ["-HUP", $"{kept.Daemon.ProcessId}"]);
        await kept.Daemon.UntilLogAsync("guests.json read again");
        await GuestRig.UntilAsync(() => File.Exists(files["vhost1.sock"]));
        File.Delete(file);
        await kept.ReplaceAsync();
        listed = await ListAsync(kept, api);
        Assert.Contains("\"b\"", listed, StringComparison.Ordinal);
        Assert.Contains("\"vm1\"", listed, StringComparison.Ordinal);
        Assert.DoesNotContain("\"c\"", listed, StringComparison.Ordinal);
        Assert.Equal(0, await kept.Daemon.TerminateAsync());
        Assert.Empty(Directory.GetFiles(files.FullName));
    }

    [Fact]
    public async Task A_service_manager_is_told_that_it_serves()
    {
        using var folder = new TemporaryFolder();
        foreach (string[] options in (string[][])[[], ["--keep", folder["keeper.sock"]]])
        {
            File.Delete(folder["notify"]);
            using var manager = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
            manager.Bind(new UnixDomainSocketEndPoint(folder["notify"]));
            Task heard = HearAsync(manager, options.Length > 0 ? ["READY=1", "WATCHDOG=1"] : ["READY=1"]);
            using Daemon daemon = await Daemon.StartAsync(
                [$"NOTIFY_SOCKET={folder["notify"]}", "WATCHDOG_USEC=200000", Programs.FastRing, "serve", "--socket-path", folder["v.sock"], .. options], "env");
            await heard.WaitAsync(GuestRig.Patience);
            Assert.Equal(0, await daemon.TerminateAsync());
        }
    }

    [Fact]
    public async Task The_units_are_such_as_systemd_takes()
    {
        foreach (string unit in Directory.GetFiles(Path.Combine(Programs.Checkout(), "packaging", "systemd"), "*.service"))
        {
            using var folder = new TemporaryFolder();
            string placed = folder[Path.GetFileName(unit)];
            await File.WriteAllTextAsync(placed, (await File.ReadAllTextAsync(unit)).Replace("/usr/local/bin/fastring", Programs.FastRing, StringComparison.Ordinal));
            (int exit, string output, string error) = await Programs.TryRunAsync("systemd-analyze", ["verify", "--man=no", placed]);
            Assert.True(exit == 0 && output.Length == 0 && !error.Contains(placed, StringComparison.Ordinal), $"{unit}: {exit} {output}{error}");
        }
    }

    private static async Task HearAsync(Socket manager, params List<string> words)
    {
        byte[] notice = new byte[100];
        while (words.Count > 0)
        {
            string said = System.Text.Encoding.ASCII.GetString(notice, 0, await manager.ReceiveAsync(notice));
            words.RemoveAll(w => said.Contains(w, StringComparison.Ordinal));
        }
    }

    private static async Task<string> ListAsync(KeptDaemon kept, string[] api)
    {
        var patience = Stopwatch.StartNew();
        while (true)
        {
            (int exit, string listed, string error) = await Programs.TryRunAsync(Programs.FastRing, ["list", "--json", .. api]);
            if (exit == 0)
            {
                return listed;
            }

            Assert.True(patience.Elapsed < GuestRig.Patience, $"{error} {string.Join(" | ", kept.Daemon.Log)}");
            await Task.Delay(50);
        }
    }
}
