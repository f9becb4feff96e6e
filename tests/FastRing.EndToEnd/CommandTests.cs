using System.Diagnostics;
using System.Text.Json;
using FastRing.Host;

namespace FastRing.EndToEnd;

/// <summary>The commands of an operator against the real daemon with a real guest.</summary>
public sealed class CommandTests
{
    [Fact]
    public async Task Ports_are_listed_added_limited_resized_disconnected_and_removed_while_the_guest_runs()
    {
        await using CommandRig rig = await CommandRig.StartAsync();
        string[] lines = (await rig.RunAsync("list")).Split('\n');
        Assert.Equal(5, lines.Length);
        Assert.Contains(lines, l => l.Contains("vm0", StringComparison.Ordinal) && l.Contains("console", StringComparison.Ordinal) && l.Contains(rig["console.sock"], StringComparison.Ordinal));

        Assert.StartsWith("vm0/org.example.new added as port 5", await rig.RunAsync("add", "vm0", "org.example.new=echo", "--id", "5", "--to-guest-bytes", "1000000"), StringComparison.Ordinal);
        await rig.WaitInGuestAsync("-e /dev/virtio-ports/org.example.new");
        Assert.Equal("hello", await rig.InGuestAsync("exec 3<>/dev/virtio-ports/org.example.new; echo hello >&3; head -n 1 <&3"));
        Assert.Equal("vm0/org.example.new: to guest 1000000 bytes/s", await rig.RunAsync("limit", "org.example.new"));
        Assert.Equal("vm0/org.example.new: to host 5 messages/s", await rig.RunAsync("limit", "vm0/5", "--to-host-messages", "5"));
        Assert.Equal("vm0/org.example.new: no limits", await rig.RunAsync("limit", "5", "--none"));

        Assert.Equal("vm0/console: 101x33", await rig.RunAsync("resize", "console", "101x33"));
        await rig.WaitInGuestAsync("\"$(stty size </dev/hvc0)\" = '33 101'");

        using (var client = await HostClients.ConnectAsync(rig["a.sock"]))
        {
            while (!(await PortAsync(rig, "org.example.a")).GetProperty("isHostOpen").GetBoolean())
            {
                await Task.Delay(20);
            }

            await rig.RunAsync("disconnect", "org.example.a");
            Assert.Equal(0, await client.ReadAsync(new byte[1]).AsTask().WaitAsync(GuestRig.Patience));
        }

        Assert.Equal("vm0/org.example.new removed", await rig.RunAsync("remove", "org.example.new"));
        await rig.WaitInGuestAsync("! -e /dev/virtio-ports/org.example.new");
    }

    [Fact]
    public async Task Mistakes_have_their_exit_codes_and_are_JSON_when_that_is_asked_for()
    {
        await using CommandRig rig = await CommandRig.StartAsync(boots: false);
        await AssertFailsAsync(rig, ExitCode.NotFound, "no guest has a port 'nothing'", "remove", "nothing");
        await AssertFailsAsync(rig, ExitCode.NotFound, "vm9", "add", "vm9", "a=echo");
        await AssertFailsAsync(rig, ExitCode.Failed, "org.example.a", "add", "vm0", "org.example.a=echo");
        await AssertFailsAsync(rig, ExitCode.Failed, "tape", "add", "vm0", "b=tape:1");
        await AssertFailsAsync(rig, ExitCode.Usage, "NAME=BACKEND", "add", "vm0", "b");
        await AssertFailsAsync(rig, ExitCode.Usage, "'--frob'", "list", "--frob");
        await AssertFailsAsync(rig, ExitCode.Usage, "COLUMNSxROWS", "resize", "console", "80");
        await AssertFailsAsync(rig, ExitCode.Failed, "org.example.a", "resize", "org.example.a", "80x24");
        await AssertFailsAsync(rig, ExitCode.Failed, "can't connect", "attach", "org.qemu.guest_agent.0");
        await AssertFailsAsync(rig, ExitCode.TimedOut, "vm0", "agent", "ping");

        await rig.TerminateDaemonAsync();
        await AssertFailsAsync(rig, ExitCode.NoDaemon, "no daemon", "list");
        await AssertFailsAsync(rig, ExitCode.NoDaemon, "no daemon", "top", "--once");
    }

    [Fact]
    public async Task Events_are_told_as_they_happen_and_again_from_a_number_on()
    {
        await using CommandRig rig = await CommandRig.StartAsync(boots: false);
        using Process events = Programs.Start(Programs.FastRing, ["events", "vm0", "--json", "--api", rig["api.sock"]]);
        var seen = new List<JsonElement>();
        while (seen.Count == 0)
        {
            // The stream begins when the daemon says so: until then a change may be too early for it.
            await rig.RunAsync("limit", "org.example.a", "--to-host-bytes", "5000");
            if (await events.StandardOutput.ReadLineAsync().WaitAsync(GuestRig.Patience) is { } line)
            {
                seen.Add(JsonDocument.Parse(line).RootElement);
            }
        }

        Assert.Equal(("vm0", "org.example.a"), (seen[0].GetProperty("guest").GetString(), seen[0].GetProperty("port").GetString()));
        Assert.Equal("limitsChanged", seen[0].GetProperty("kind").GetString());
        long number = seen[0].GetProperty("number").GetInt64();
        await rig.RunAsync("limit", "org.example.a", "--none");
        string again = await rig.RunAsync("events", "--after", $"{number - 1}", "--count", "2");
        Assert.All(again.Split('\n'), l => Assert.Contains("vm0/org.example.a limitsChanged", l, StringComparison.Ordinal));

        await rig.TerminateDaemonAsync();
        await events.WaitForExitAsync().WaitAsync(GuestRig.Patience);
        Assert.Equal(ExitCode.NoDaemon, events.ExitCode);
    }

    [Fact]
    public async Task Top_shows_what_passes_and_ends_when_nobody_reads_it()
    {
        await using CommandRig rig = await CommandRig.StartAsync();
        await rig.RunAsync("add", "vm0", "org.example.sink=null");
        await rig.WaitInGuestAsync("-e /dev/virtio-ports/org.example.sink");
        await rig.InGuestAsync("(while :; do dd if=/dev/zero bs=4k count=16 2>/dev/null; usleep 1000; done >/dev/virtio-ports/org.example.sink) & sleep 0");

        JsonElement sample = await rig.JsonAsync("top", "--once", "--interval", "0.5");
        JsonElement busiest = sample.GetProperty("ports")[0];
        Assert.Equal("org.example.sink", busiest.GetProperty("name").GetString());
        Assert.True(busiest.GetProperty("toHostPerSecond").GetDouble() > 0);
        Assert.True(sample.GetProperty("seconds").GetDouble() >= 0.5);
        string[] table = (await rig.RunAsync("top", "--once")).Split('\n');
        Assert.Contains("org.example.sink", table[1], StringComparison.Ordinal);

        string first = await Programs.RunAsync("bash", ["-c", $"set -o pipefail; '{Programs.FastRing}' top --json --interval 0.1 --api '{rig["api.sock"]}' | head -n 1"]);
        Assert.Equal(JsonValueKind.Array, JsonDocument.Parse(first).RootElement.GetProperty("ports").ValueKind);
    }

    [Fact]
    public async Task The_agent_in_the_guest_answers_runs_programs_and_shuts_the_guest_down()
    {
        await using CommandRig rig = await CommandRig.StartAsync(runAgent: true);
        while (!(await PortAsync(rig, "org.qemu.guest_agent.0")).GetProperty("isGuestOpen").GetBoolean())
        {
            await Task.Delay(20);
        }

        Assert.True((await rig.JsonAsync("agent", "vm0", "ping")).GetProperty("milliseconds").GetDouble() > 0);
        Assert.Contains("alice", await rig.RunAsync("agent", "users"), StringComparison.Ordinal);
        Assert.Contains("FastRing test guest", await rig.RunAsync("agent", "osinfo"), StringComparison.Ordinal);
        foreach (string question in (string[])["info", "interfaces", "filesystems", "vcpus", "time"])
        {
            Assert.NotEmpty(await rig.RunAsync("agent", question));
            Assert.NotEqual(JsonValueKind.Undefined, (await rig.JsonAsync("agent", question)).ValueKind);
        }

        (int exit, string output, string error) = await rig.TryRunAsync(
            ["agent", "vm0", "exec", "--env", "GREETING=hi", "--input", "--", "/bin/sh", "-c", "echo \"$GREETING $(cat)\"; echo no >&2; exit 42"], "there");
        Assert.Equal((42, "hi there\n", "no\n"), (exit, output, error));
        (exit, output, _) = await rig.TryRunAsync(["agent", "exec", "--json", "--", "/bin/sh", "-c", "kill -9 $$"]);
        Assert.Equal(137, exit);
        Assert.Equal(9, JsonDocument.Parse(output).RootElement.GetProperty("signal").GetInt32());

        Assert.Equal("vm0: shutdown requested", await rig.RunAsync("agent", "shutdown"));
        Assert.Equal(0, await rig.GuestEndsAsync("poweroff"));
    }

    [Fact]
    public async Task A_guest_is_suspended_rebooted_and_halted()
    {
        await using CommandRig rig = await CommandRig.StartAsync(runAgent: true);
        await rig.RunAsync("agent", "ping");

        // What comes over its console wakes it.
        Assert.Equal("vm0: suspend requested", await rig.RunAsync("agent", "suspend"));
        await rig.InGuestAsync("true");

        Assert.Equal("vm0: reboot requested", await rig.RunAsync("agent", "reboot"));
        await rig.GuestBootsAsync(2);
        Assert.True((await rig.JsonAsync("agent", "ping")).GetProperty("milliseconds").GetDouble() > 0);

        Assert.Equal("vm0: halt requested", await rig.RunAsync("agent", "halt"));
        Assert.Equal(0, await rig.GuestEndsAsync("halt"));
    }

    [Fact]
    public async Task A_changed_configuration_is_read_again()
    {
        await using CommandRig rig = await CommandRig.StartAsync(boots: false);
        rig.Reconfigure(text => text.Replace("org.example.third", "org.example.other", StringComparison.Ordinal));
        string[] lines = (await rig.RunAsync("reload")).Split('\n');
        Assert.Contains("added vm0/org.example.other", lines);
        Assert.Contains("removed vm0/org.example.third", lines);
        rig.Reconfigure(_ => "{");
        await AssertFailsAsync(rig, ExitCode.Failed, "guests.json", "reload");
    }

    private static async Task<JsonElement> PortAsync(CommandRig rig, string name) =>
        (await rig.JsonAsync("list", "vm0"))[0].GetProperty("ports").EnumerateArray().First(p => p.GetProperty("name").GetString() == name);

    private static async Task AssertFailsAsync(CommandRig rig, int exitCode, string expected, params string[] arguments)
    {
        (int exit, string output, string error) = await rig.TryRunAsync(arguments);
        Assert.True(exit == exitCode, $"{string.Join(' ', arguments)}: {exit}, {error}");
        Assert.Empty(output);
        Assert.Contains(expected, error, StringComparison.Ordinal);
        Assert.StartsWith("fastring: ", error, StringComparison.Ordinal);

        (exit, output, error) = await rig.TryRunAsync([.. arguments, "--json"]);
        Assert.Equal(exitCode, exit);
        Assert.Empty(output);
        JsonElement report = JsonDocument.Parse(error).RootElement;
        Assert.Equal(exitCode, report.GetProperty("exitCode").GetInt32());
        Assert.Contains(expected, report.GetProperty("error").GetProperty("detail").GetString(), StringComparison.Ordinal);
    }
}
