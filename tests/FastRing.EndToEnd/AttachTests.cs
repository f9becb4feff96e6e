using System.Net.Sockets;

namespace FastRing.EndToEnd;

/// <summary><c>fastring attach</c> in a real terminal (tmux) and in pipes, against a real guest.</summary>
public sealed class AttachTests
{
    private const string Attached = "fastring: attached to vm0/console; ^] leaves";

    [Fact]
    public async Task A_shell_on_the_console_is_used_from_a_terminal_whose_size_it_follows_and_which_is_as_it_was_afterwards()
    {
        await using CommandRig rig = await CommandRig.StartAsync();
        await StartShellAsync(rig);
        await using Tmux tmux = await StartTerminalAsync(rig);

        await tmux.EnterAsync("fastring attach vm0/console");
        await tmux.UntilLastAsync(Attached);
        await tmux.PressAsync("Enter");
        await tmux.UntilLastAsync("guest#");
        await tmux.EnterAsync("echo $((6 * 7)); tty");
        string[] screen = await tmux.UntilAsync(s => s[^1] == "guest#" && s.Contains("42"));
        int typed = Array.IndexOf(screen, "guest# echo $((6 * 7)); tty");
        Assert.Equal(["guest# echo $((6 * 7)); tty", "42", "/dev/hvc0", "guest#"], screen[typed..]);

        await rig.WaitInGuestAsync("\"$(stty size </dev/hvc0)\" = '24 80'");
        await tmux.ResizeAsync(100, 30);
        await rig.WaitInGuestAsync("\"$(stty size </dev/hvc0)\" = '30 100'");
        await tmux.EnterAsync("clear; stty size");
        await tmux.UntilAsync(s => s is ["30 100", "guest#"]);

        // Keys that are signals here are the guest's there.
        await tmux.EnterAsync("clear; stty -isig -icanon -echo; echo ready; head -c 2 | od -An -tx1; stty isig icanon echo");
        await tmux.UntilAsync(s => s is ["ready"]);
        await tmux.PressAsync("C-c");
        await tmux.PressAsync("C-\\");
        await tmux.UntilAsync(s => s is ["ready", " 03 1c", "guest#"]);

        await tmux.PressAsync("C-]");
        await tmux.UntilAsync(s => s is [.., "fastring: left", "host$"]);
        await AssertTerminalIsAsItWasAsync(rig, tmux);
    }

    [Theory]
    [InlineData("TERM")]
    [InlineData("HUP")]
    [InlineData("QUIT")]
    public async Task A_signal_ends_it_and_the_terminal_is_as_it_was(string signal)
    {
        await using CommandRig rig = await CommandRig.StartAsync(boots: false);
        await using Tmux tmux = await StartTerminalAsync(rig);
        await tmux.EnterAsync($"sh -c 'echo $$ >{rig["pid"]}; exec fastring attach console'; echo \"exit $?\"");
        await tmux.UntilAsync(s => s is [.., Attached, "fastring: waits for a VMM"]);
        await tmux.UntilRawAsync();

        await Programs.RunAsync("kill", [$"-{signal}", (await File.ReadAllTextAsync(rig["pid"])).Trim()]);

        await tmux.UntilAsync(s => s is [.., "fastring: interrupted", "exit 130", "host$"]);
        await AssertTerminalIsAsItWasAsync(rig, tmux);
    }

    [Fact]
    public async Task A_daemon_that_ends_ends_it_and_the_terminal_is_as_it_was()
    {
        await using CommandRig rig = await CommandRig.StartAsync(boots: false);
        await using Tmux tmux = await StartTerminalAsync(rig);
        await tmux.EnterAsync("fastring attach console --escape ^A");
        await tmux.UntilAsync(s => s.Any(l => l.EndsWith("; ^A leaves", StringComparison.Ordinal)) && s[^1] == "fastring: waits for a VMM");

        await rig.TerminateDaemonAsync();

        await tmux.UntilAsync(s => s is [.., "fastring: the daemon ended", "host$"]);
        await AssertTerminalIsAsItWasAsync(rig, tmux);
    }

    [Fact]
    public async Task Another_escape_key_leaves_and_a_second_client_is_told_to_wait()
    {
        await using CommandRig rig = await CommandRig.StartAsync(boots: false);
        using NetworkStream first = await HostClients.ConnectAsync(rig["a.sock"]);
        await UntilClientAsync(rig);
        await using Tmux tmux = await StartTerminalAsync(rig);
        await tmux.EnterAsync("fastring attach org.example.a --escape '~' --read-only");
        await tmux.UntilAsync(s => s is [.., "fastring: attached to vm0/org.example.a; ~ leaves", "fastring: another client is connected: waiting until it leaves", _]);
        await tmux.TypeAsync("x~");
        await tmux.UntilAsync(s => s is [.., "fastring: left", "host$"]);
        await AssertTerminalIsAsItWasAsync(rig, tmux);
    }

    [Fact]
    public async Task In_a_pipe_it_passes_everything_on_and_ends_with_the_other_side_or_when_it_is_quiet()
    {
        const int Bytes = 1 << 20;
        await using CommandRig rig = await CommandRig.StartAsync();
        await File.WriteAllBytesAsync(rig["sent"], RandomBytes(Bytes));
        Task<(int Exit, string Output, string Error)> attach = Programs.TryRunAsync(
            "bash", ["-c", $"'{Programs.FastRing}' attach org.example.a --linger 20 --api '{rig["api.sock"]}' <'{rig["sent"]}' >'{rig["received"]}'"]);
        await UntilClientAsync(rig);
        await rig.InGuestAsync( // Until the guest's driver has taken notice of the client, it reads the end of the file.
            "(exec 3<>/dev/virtio-ports/org.example.a; until [ -s /tmp/got ]; do dd of=/tmp/got bs=64k count=16 iflag=fullblock <&3; done; cat /tmp/got >&3; sleep 1000) >/dev/null 2>&1 & sleep 0");

        (int exit, _, string error) = await attach;
        Assert.True(exit == 0, error);
        Assert.Equal(await File.ReadAllBytesAsync(rig["sent"]), await File.ReadAllBytesAsync(rig["received"]));
    }

    [Theory]
    [InlineData("hub")]
    [InlineData("pty")]
    public async Task A_hub_and_a_pseudo_terminal_are_attached_to_as_a_socket_is(string kind)
    {
        await using CommandRig rig = await CommandRig.StartAsync();
        await rig.RunAsync("add", "vm0", $"org.example.new={kind}:{rig["new"]}");
        await rig.WaitInGuestAsync("-e /dev/virtio-ports/org.example.new");
        await rig.InGuestAsync(
            "(exec 3<>/dev/virtio-ports/org.example.new; until read -r line <&3; do usleep 10000; done; echo \"got $line\" >&3; sleep 1000) >/dev/null 2>&1 & sleep 0");

        (int exit, string output, string error) = await rig.TryRunAsync(["attach", "org.example.new", "--linger", "8"], "hello\n");

        Assert.True(exit == 0, error);
        Assert.Equal("got hello\n", output);
    }

    /// <summary>Waits until somebody is connected to org.example.a. The console's and the echo's sides are always open.</summary>
    private static async Task UntilClientAsync(CommandRig rig)
    {
        while ((await rig.RunAsync("list", "--json")).Split("\"isHostOpen\":true").Length < 4)
        {
            await Task.Delay(20);
        }
    }

    private static byte[] RandomBytes(int count)
    {
        byte[] bytes = new byte[count];
        new Random(5).NextBytes(bytes);
        return bytes;
    }

    /// <summary>A shell in the guest, on its console. Not by '&', which would have it ignore ^C.</summary>
    private static async Task StartShellAsync(CommandRig rig) =>
        await rig.InGuestAsync("PS1='guest# ' start-stop-daemon -S -b -p /tmp/shell.pid -x /bin/sh -- -c 'exec sh -i </dev/hvc0 >/dev/hvc0 2>&1'");

    /// <summary>A shell on the host, in a terminal of which its mode is known.</summary>
    private static async Task<Tmux> StartTerminalAsync(CommandRig rig)
    {
        Tmux tmux = await Tmux.StartAsync(80, 24, [.. rig.Environment, "PS1=host$ "], "bash", "--norc", "--noprofile", "--noediting");
        await tmux.UntilLastAsync("host$");
        await tmux.EnterAsync($"stty -a >{rig["before"]}; clear");
        await tmux.UntilAsync(s => s is ["host$"]);
        return tmux;
    }

    private static async Task AssertTerminalIsAsItWasAsync(CommandRig rig, Tmux tmux)
    {
        await tmux.EnterAsync($"clear; stty -a >{rig["after"]}; echo done");
        await tmux.UntilAsync(s => s is ["done", "host$"]);
        Assert.Equal(Mode(await File.ReadAllTextAsync(rig["before"])), Mode(await File.ReadAllTextAsync(rig["after"])));
    }

    /// <summary>Without the window's size.</summary>
    private static string Mode(string stty) => stty[stty.IndexOf("intr", StringComparison.Ordinal)..];
}
