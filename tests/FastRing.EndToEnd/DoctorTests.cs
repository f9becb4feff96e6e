using System.Globalization;
using System.Net.Sockets;
using System.Text.Json;
using FastRing.Host;

namespace FastRing.EndToEnd;

/// <summary><c>fastring doctor</c> where something is really wrong, and that what it says comes true.</summary>
public sealed class DoctorTests
{
    [Fact]
    public async Task Too_few_open_files_are_found_and_a_daemon_does_not_start_with_them()
    {
        string[] few = ["--nofile=300:300", Programs.FastRing];
        (int exit, JsonElement found) = await FindAsync("open-files", "prlimit", [.. few, "doctor", "--json"]);
        Assert.Equal(ExitCode.Findings, exit);
        Assert.Equal(("fails", "may have 300, needs up to 384"), (State(found), found.GetProperty("seen").GetString()));
        Assert.Equal("ulimit -n 384, or LimitNOFILE=384 of systemd", found.GetProperty("change").GetString());

        using var folder = new TemporaryFolder();
        (int served, _, string error) = await Programs.TryRunAsync("prlimit", [.. few, "serve", "--socket-path", folder["vm.sock"]]);
        Assert.Equal(ExitCode.Usage, served);
        Assert.Contains("384", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Too_few_open_files_for_a_configuration_are_found()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["guests.json"], $$"""{ "guests": [ { "name": "vm0", "socketPath": "{{folder["vm0.sock"]}}", "maxPorts": 31 } ] }""");
        (int exit, JsonElement found) = await FindAsync("open-files", "prlimit", ["--nofile=500:500", Programs.FastRing, "doctor", "--config", folder["guests.json"], "--json"]);
        Assert.Equal((ExitCode.Findings, "fails"), (exit, State(found)));
        (int served, _, _) = await Programs.TryRunAsync("prlimit", ["--nofile=500:500", Programs.FastRing, "serve", "--config", folder["guests.json"]]);
        Assert.Equal(ExitCode.Usage, served);
        (_, JsonElement enough) = await FindAsync("open-files", "prlimit", ["--nofile=1000:1000", Programs.FastRing, "doctor", "--config", folder["guests.json"], "--json"]);
        Assert.Equal("ok", State(enough));
    }

    [Fact]
    public async Task Memory_files_that_are_refused_are_found_and_a_keeper_does_not_start_without_them()
    {
        string[] poorer = ["--without", "memfd_create", Programs.FastRing];
        (int exit, JsonElement found) = await FindAsync("memory-files", Programs.Sandboxed, [.. poorer, "doctor", "--json"]);
        Assert.Equal((ExitCode.Findings, "fails"), (exit, State(found)));

        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["guests.json"], $$"""{ "guests": [ { "name": "vm0", "socketPath": "{{folder["vm0.sock"]}}" } ] }""");
        (int kept, _, string error) = await Programs.TryRunAsync(Programs.Sandboxed, [.. poorer, "serve", "--sandbox", "off", "--config", folder["guests.json"], "--keep", folder["keeper.sock"]]);
        Assert.NotEqual(0, kept);
        Assert.Contains("memfd_create", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_kernel_without_Landlock_is_found_and_a_strict_daemon_does_not_start_on_it()
    {
        string[] poorer = ["--without", "landlock_create_ruleset", Programs.FastRing];
        (int exit, JsonElement found) = await FindAsync("landlock", Programs.Sandboxed, [.. poorer, "doctor", "--json"]);
        Assert.Equal((ExitCode.Findings, "fragile"), (exit, State(found)));

        using var folder = new TemporaryFolder();
        (int served, _, string error) = await Programs.TryRunAsync(Programs.Sandboxed, [.. poorer, "serve", "--sandbox", "strict", "--socket-path", folder["vm.sock"]]);
        Assert.Equal(ExitCode.Usage, served);
        Assert.Contains("needs Landlock", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_daemon_as_root_without_a_sandbox_is_found_so()
    {
        using var folder = new TemporaryFolder();
        using Daemon open = await Daemon.StartAsync(["serve", "--sandbox", "off", "--socket-path", folder["a.sock"]]);
        Assert.Equal(("fragile", "fragile"), (await StateOfAsync("sandbox", open), await StateOfAsync("user", open)));
        using Daemon confined = await Daemon.StartAsync(["serve", "--sandbox", "on", "--socket-path", folder["b.sock"]]);
        Assert.Equal(("ok", "fragile"), (await StateOfAsync("sandbox", confined), await StateOfAsync("user", confined)));
    }

    [Fact]
    public async Task A_daemon_whose_clients_take_nearly_all_descriptors_is_found()
    {
        using var folder = new TemporaryFolder();
        using Daemon daemon = await Daemon.StartAsync(
            ["--nofile=450:450", Programs.FastRing, "serve", "--socket-path", folder["vm.sock"], "--max-ports", "2", "--port", $"a=hub:{folder["hub.sock"]}"], "prlimit");
        Assert.Equal("ok", await StateOfAsync("descriptors", daemon));
        List<Socket> clients = [];
        try
        {
            while (clients.Count < 400)
            {
                clients.Add(new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified));
                clients[^1].Connect(new UnixDomainSocketEndPoint(folder["hub.sock"]));
            }

            await GuestRig.UntilAsync(() => Directory.EnumerateFiles($"/proc/{daemon.ProcessId}/fd").Count() >= 380);
            Assert.Equal("fragile", await StateOfAsync("descriptors", daemon));
        }
        finally
        {
            clients.ForEach(c => c.Dispose());
        }
    }

    [Fact]
    public async Task It_tells_people_what_why_and_what_to_change()
    {
        (int exit, string output, _) = await Programs.TryRunAsync("prlimit", ["--nofile=300:300", Programs.FastRing, "doctor"]);
        Assert.Equal(ExitCode.Findings, exit);
        string[] lines = [.. output.Split('\n').Select(l => l.TrimEnd())];
        Assert.Matches("^CHECK +STATE +SEEN$", lines[0]);
        Assert.Contains(lines, l => l.StartsWith("open-files", StringComparison.Ordinal) && l.EndsWith("may have 300, needs up to 384", StringComparison.Ordinal));
        int told = Array.IndexOf(lines, "open-files (fails): may have 300, needs up to 384");
        Assert.StartsWith("  why:    serve does not start", lines[told + 1], StringComparison.Ordinal);
        Assert.Equal("  change: ulimit -n 384, or LimitNOFILE=384 of systemd", lines[told + 2]);
    }

    [Theory]
    [InlineData("there is no such process", "--pid", "999999999")]
    [InlineData("expected the number of a process", "--pid", "one")]
    [InlineData("no guests", "--config", "FOLDER/empty.json")]
    public async Task What_cant_be_looked_at_is_wrong_usage(string expected, params string[] arguments)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["empty.json"], """{ "guests": [] }""");
        (int exit, string output, string error) = await Programs.TryRunAsync(Programs.FastRing, ["doctor", .. arguments.Select(a => a.Replace("FOLDER", folder.FullName, StringComparison.Ordinal))]);
        Assert.Equal((ExitCode.Usage, ""), (exit, output));
        Assert.Contains(expected, Assert.Single(error.TrimEnd('\n').Split('\n')), StringComparison.Ordinal);
    }

    private static async Task<string> StateOfAsync(string check, Daemon daemon) =>
        State((await FindAsync(check, Programs.FastRing, ["doctor", "--pid", daemon.ProcessId.ToString(CultureInfo.InvariantCulture), "--json"])).Found);

    private static async Task<(int Exit, JsonElement Found)> FindAsync(string check, string program, string[] arguments)
    {
        (int exit, string output, string error) = await Programs.TryRunAsync(program, arguments);
        Assert.True(output.StartsWith('{'), $"{exit}: {error}");
        JsonElement report = JsonDocument.Parse(output).RootElement;
        Assert.Equal(exit == ExitCode.Ok, report.GetProperty("wrong").GetInt32() == 0);
        return (exit, report.GetProperty("findings").EnumerateArray().Single(f => f.GetProperty("check").GetString() == check));
    }

    private static string State(JsonElement finding) => finding.GetProperty("state").GetString()!;
}
