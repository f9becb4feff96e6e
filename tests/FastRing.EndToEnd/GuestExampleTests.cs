using System.Diagnostics;
using FastRing.Host.Serving;

namespace FastRing.EndToEnd;

/// <summary>The example agents at work: the guest's side in a Linux guest, the host's side as a program beside the daemon.</summary>
public sealed class GuestExampleTests
{
    private static string HostProgram => Path.Combine(AppContext.BaseDirectory, "fastring-examples");

    [Fact]
    public async Task A_clipboard_is_shared_both_ways()
    {
        const string Channel = "org.example.clipboard.0";
        await using GuestRig rig = await StartAsync(Channel);
        await rig.RunAsync($"{GuestPrograms.Examples} clipboard-guest {Channel} /tmp/clipboard >/dev/null 2>&1 &");
        using Process host = Programs.Start(HostProgram, ["clipboard-host", rig["channel.sock"], rig["clipboard"]]);
        try
        {
            await rig.RunAsync("printf 'from the guest: Gr\\303\\274\\303\\237e' >/tmp/clipboard");
            await GuestRig.UntilAsync(() => TextOf(rig["clipboard"]) == "from the guest: Grüße");

            await File.WriteAllTextAsync(rig["clipboard"], "from the host");
            await rig.WaitAsync("\"$(cat /tmp/clipboard)\" = 'from the host'");

            await rig.RunAsync("printf again >/tmp/clipboard");
            await GuestRig.UntilAsync(() => TextOf(rig["clipboard"]) == "again");
        }
        finally
        {
            host.Kill();
        }
    }

    [Fact]
    public async Task A_clipboard_agent_outlives_a_host_program_that_talks_nonsense()
    {
        const string Channel = "org.example.clipboard.0";
        await using GuestRig rig = await StartAsync(Channel);
        await rig.RunAsync($"{GuestPrograms.Examples} clipboard-guest {Channel} /tmp/clipboard >/dev/null 2>/tmp/error &");
        byte[][] nonsense = [[.. Enumerable.Repeat((byte)0xff, 100_000)], [1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0xff], [1, 2, 3]];
        await rig.Port(Channel).WaitForGuestOpenAsync(GuestRig.Patience);
        for (int i = 0; i < nonsense.Length; i++)
        {
            using (var client = await HostClients.ConnectAsync(rig["channel.sock"]))
            {
                await client.WriteAsync(nonsense[i]);
            }

            await rig.WaitAsync($"\"$(grep -c session /tmp/error)\" = {i + 1}");
        }

        using Process host = Programs.Start(HostProgram, ["clipboard-host", rig["channel.sock"], rig["clipboard"]]);
        try
        {
            await File.WriteAllTextAsync(rig["clipboard"], "sense");
            await rig.WaitAsync("\"$(cat /tmp/clipboard)\" = sense");
        }
        finally
        {
            host.Kill();
        }

        Assert.Equal(
            "session 1: a frame of 4294967295 bytes; 1048576 are allowed\nsession 2: the text is not UTF-8\nsession 3: the stream ended within a frame's header",
            await rig.RunAsync("cat /tmp/error"));
    }

    [Fact]
    public async Task A_user_is_logged_off_and_the_guest_reboots_after_it_has_acknowledged()
    {
        const string Channel = "org.example.events.0";
        await using GuestRig rig = await StartAsync(Channel, user: "alice");
        await rig.RunAsync(
            $$"""
            cat >/tmp/log-off <<'END'
            for process in /proc/[0-9]*; do [ "$(stat -c %U $process 2>/dev/null)" = "$1" ] && kill -HUP ${process#/proc/}; done
            END
            {{GuestPrograms.Examples}} events-guest {{Channel}} 'logoff=sh /tmp/log-off "$1"' 'reboot=reboot -f' 'shutdown=poweroff -f' >/dev/null 2>&1 &
            """);
        await rig.WaitAsync("\"$(stat -c %U /proc/[0-9]* 2>/dev/null | grep -c alice)\" != 0");

        Assert.Equal((0, "ok"), await EventAsync(rig, "logoff", "alice"));
        await rig.WaitAsync("\"$(stat -c %U /proc/[0-9]* 2>/dev/null | grep -c alice)\" = 0");
        Assert.Equal((1, "error not understood"), await EventAsync(rig, "logoff", "$(reboot)"));
        Assert.Equal((1, "error not understood"), await EventAsync(rig, "explode"));

        Assert.Equal((0, "ok"), await EventAsync(rig, "reboot"));
        await rig.Linux.WaitReadyAsync(GuestRig.Patience, boot: 2);

        await GuestPrograms.MountAsync(rig);
        await rig.RunAsync($"{GuestPrograms.Examples} events-guest {Channel} 'shutdown=poweroff -f' >/dev/null 2>&1 &");
        Assert.Equal((0, "ok"), await EventAsync(rig, "shutdown"));
        Assert.Equal(0, await rig.Linux.WaitExitAsync(GuestRig.Patience));
    }

    private static async Task<GuestRig> StartAsync(string channel, string? user = null)
    {
        _ = await GuestPrograms.Published;
        var config = new GuestConfig { MaxPorts = 2, Ports = [new PortConfig { Name = channel, Backend = "unix:FOLDER/channel.sock" }] };
        GuestRig rig = await GuestRig.StartAsync(config, o => o with { LoggedInUser = user });
        try
        {
            await GuestPrograms.MountAsync(rig);
            return rig;
        }
        catch
        {
            await rig.DisposeAsync();
            throw;
        }
    }

    private static async Task<(int Exit, string Output)> EventAsync(GuestRig rig, params string[] words)
    {
        (int exit, string output, _) = await Programs.TryRunAsync(HostProgram, ["events-host", rig["channel.sock"], .. words]);
        return (exit, output.Trim());
    }

    private static string? TextOf(string file)
    {
        try
        {
            return File.ReadAllText(file);
        }
        catch (IOException)
        {
            return null;
        }
    }
}
