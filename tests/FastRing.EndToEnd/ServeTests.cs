using System.Diagnostics;
using System.Net.Sockets;
using System.Text.Json;
using FastRing.Host.Guests;
using FastRing.VhostUser.Frontend;
using FastRing.VhostUser.Protocol;

namespace FastRing.EndToEnd;

/// <summary>The program as a process: its options, its conventions, and what it leaves behind.</summary>
public sealed class ServeTests
{
    [Fact]
    public async Task Print_capabilities_prints_the_type_and_ignores_other_options()
    {
        string json = await Programs.RunAsync(Programs.FastRing, ["serve", "--print-capabilities", "--socket-path", "/nowhere/at/all"]);
        Assert.Equal("console", JsonDocument.Parse(json).RootElement.GetProperty("type").GetString());
        Assert.Equal(json, await Programs.RunAsync(Programs.FastRing, ["--print-capabilities"]));
    }

    /// <summary>Configurations that are as they should be, and ask for what can't be had.</summary>
    private static readonly (string File, string Json)[] s_impossible =
    [
        ("open.json", "{\"guests\": [{\"socketPath\": \"FOLDER/v.sock\",\n \"console\": \"unix:FOLDER/taken.sock\"}]}"),
        ("folder.json", "{\"guests\": [{\n\"name\": \"a\",\n \"socketPath\": \"FOLDER/none/v.sock\"}]}"),
        ("api.json", "{\"guests\": [{\"socketPath\": \"FOLDER/v.sock\"}],\n\"api\": {\"socketPath\": \"FOLDER/v.sock\"}}"),
        ("fd.json", "{\"guests\": [{\"socketPath\": \"FOLDER/v.sock\",\n\"ports\": [{\"name\": \"a\", \"backend\": \"null\"},\n{\"name\": \"b\",\n\"backend\": \"fd:99\"}]}]}"),
        ("tls.json", "{\"guests\": [{\"socketPath\": \"FOLDER/v.sock\",\n \"console\": \"tcp:0,tls-cert=FOLDER/c.pem,tls-key=FOLDER/k.pem\"}]}"),
    ];

    [Theory]
    [InlineData("no such option", "--frobnicate", "serve", "--frobnicate")]
    [InlineData("no socket", "--socket-path", "serve", "--port", "a=echo")]
    [InlineData("two sockets", "--fd", "serve", "--socket-path", "FOLDER/v.sock", "--fd", "0")]
    [InlineData("a descriptor that is not open", "--fd 999", "serve", "--fd", "999")]
    [InlineData("a descriptor that is no socket", "not a socket", "serve", "--fd", "1")]
    [InlineData("a taken socket path", "taken.sock", "serve", "--socket-path", "FOLDER/taken.sock")]
    [InlineData("a file in the way of the socket", "file.txt", "serve", "--socket-path", "FOLDER/file.txt")]
    [InlineData("a missing directory", "missing", "serve", "--socket-path", "FOLDER/missing/v.sock")]
    [InlineData("a missing directory of a port", "'p'", "serve", "--socket-path", "FOLDER/v.sock", "--port", "q=unix:FOLDER/q.sock", "--port", "p=unix:FOLDER/missing/p.sock")]
    [InlineData("a missing directory of a file", "'p'", "serve", "--socket-path", "FOLDER/v.sock", "--port", "p=file:FOLDER/missing/p.log")]
    [InlineData("a taken socket path of a port", "taken.sock", "serve", "--socket-path", "FOLDER/v.sock", "--port", "a=file:FOLDER/a.log", "--port", "p=unix:FOLDER/taken.sock")]
    [InlineData("a duplicate name", "'a' is used twice", "serve", "--socket-path", "FOLDER/v.sock", "--port", "a=echo", "--port", "a=null")]
    [InlineData("a name with a slash", "a/b", "serve", "--socket-path", "FOLDER/v.sock", "--port", "a/b=echo")]
    [InlineData("a name with a space", "U+0020", "serve", "--socket-path", "FOLDER/v.sock", "--port", "a b=echo")]
    [InlineData("an empty name", "NAME=BACKEND", "serve", "--socket-path", "FOLDER/v.sock", "--port", "=echo")]
    [InlineData("a long name", "101", "serve", "--socket-path", "FOLDER/v.sock", "--port", "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx=echo")]
    [InlineData("no backend", "NAME=BACKEND", "serve", "--socket-path", "FOLDER/v.sock", "--port", "a")]
    [InlineData("an unknown backend", "'telnet:1'", "serve", "--socket-path", "FOLDER/v.sock", "--port", "a=telnet:1")]
    [InlineData("an unknown option", "port 'a': backend 'unix:/x,allow-user=0': unix has no option 'allow-user': expected allow-uid", "serve", "--socket-path", "FOLDER/v.sock", "--port", "a=unix:/x,allow-user=0")]
    [InlineData("a taken TCP address", "port 'a' (tcp:192.0.2.1:5000): bind", "serve", "--socket-path", "FOLDER/v.sock", "--port", "a=tcp:192.0.2.1:5000")]
    [InlineData("certificates that are not there", "missing.pem: ", "serve", "--socket-path", "FOLDER/v.sock", "--port", "a=tcp:0,tls-cert=FOLDER/missing.pem,tls-key=FOLDER/missing.pem")]
    [InlineData("a file in the way of a terminal's link", "'p'", "serve", "--socket-path", "FOLDER/v.sock", "--port", "p=pty:FOLDER/file.txt")]
    [InlineData("a FIFO that is not there", "mkfifo", "serve", "--socket-path", "FOLDER/v.sock", "--port", "p=fifo:FOLDER/nothing")]
    [InlineData("a descriptor of a port that is not open", "port 'p' (fd:999): fcntl", "serve", "--socket-path", "FOLDER/v.sock", "--port", "p=fd:999")]
    [InlineData("a descriptor for two ports", "fd:9 can be the backend of one port only", "serve", "--socket-path", "FOLDER/v.sock", "--port", "p=fd:9", "--port", "q=fd:9")]
    [InlineData("512 ports", "511", "serve", "--socket-path", "FOLDER/v.sock", "--max-ports", "512")]
    [InlineData("0 ports", "511", "serve", "--socket-path", "FOLDER/v.sock", "--max-ports", "0")]
    [InlineData("more ports than room", "do not fit", "serve", "--socket-path", "FOLDER/v.sock", "--max-ports", "2", "--port", "a=echo", "--port", "b=echo")]
    [InlineData("stdio twice", "stdio", "serve", "--socket-path", "FOLDER/v.sock", "--port", "a=stdio", "--port", "b=stdio")]
    [InlineData("a config file that is not there", "missing.json", "serve", "--config", "FOLDER/missing.json")]
    [InlineData("a config file with a mistake", "bad.json:2", "serve", "--config", "FOLDER/bad.json")]
    [InlineData("a config file with an unknown member", "maxPort", "serve", "--config", "FOLDER/unknown.json")]
    [InlineData("a config file and ports", "--port", "serve", "--config", "FOLDER/bad.json", "--port", "a=echo")]
    [InlineData("a FIFO as a file", "'p'", "serve", "--socket-path", "FOLDER/v.sock", "--port", "p=file:FOLDER/fifo")]
    [InlineData("a long path to connect to", "1 to 107 bytes", "serve", "--socket-path", "FOLDER/v.sock", "--port", "p=connect:/xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx")]
    [InlineData("a null guest", "null", "serve", "--config", "FOLDER/null.json")]
    [InlineData("stdio in two guests", "stdio", "serve", "--config", "FOLDER/stdio.json")]
    [InlineData("an odd guest name", "printable", "serve", "--config", "FOLDER/name.json")]
    [InlineData("max ports that are no number", "--max-ports x: expected a number", "serve", "--socket-path", "FOLDER/v.sock", "--max-ports", "x")]
    [InlineData("a switch that is neither", "maybe", "serve", "--socket-path", "FOLDER/v.sock", "--event-idx", "maybe")]
    [InlineData("an unknown way to wait", "nap", "serve", "--socket-path", "FOLDER/v.sock", "--wait", "nap")]
    [InlineData("a processor there is not", "cpu 8000: this process may use 0", "serve", "--socket-path", "FOLDER/v.sock", "--cpu", "8000")]
    [InlineData("a budget without polling", "wait 'adaptive', not 'poll'", "serve", "--socket-path", "FOLDER/v.sock", "--wait", "poll", "--poll-budget-us", "5")]
    [InlineData("no buffer to notify of", "1 to 32768 used buffers, not 0", "serve", "--socket-path", "FOLDER/v.sock", "--coalesce-buffers", "0")]
    [InlineData("a config file and a processor", "--cpu", "serve", "--config", "FOLDER/bad.json", "--cpu", "0")]
    [InlineData("a size that is none", "console size '80'", "serve", "--socket-path", "FOLDER/v.sock", "--console", "null", "--console-size", "80")]
    [InlineData("a size of no console", "goes with a console", "serve", "--socket-path", "FOLDER/v.sock", "--console-size", "80x24")]
    [InlineData("an unknown resize order", "sideways", "serve", "--socket-path", "FOLDER/v.sock", "--resize-order", "sideways")]
    [InlineData("a config file and a resize order", "--resize-order", "serve", "--config", "FOLDER/bad.json", "--resize-order", "rowsFirst")]
    [InlineData("a limit nothing passes", "guest 'vm0': port 'a': a limit is 1 or more bytes a second, not 0", "serve", "--config", "FOLDER/limit.json")]
    [InlineData("a limit of something unknown", "limits.json:1: 'bytes' is not known here", "serve", "--config", "FOLDER/limits.json")]
    [InlineData("no file", "--config : expected the path of a file", "serve", "--config", "")]
    [InlineData("an unknown sandbox", "'strict'", "serve", "--socket-path", "FOLDER/v.sock", "--sandbox", "perhaps")]
    [InlineData("a folder of the sandbox that is not there", "sandbox's folder", "serve", "--socket-path", "FOLDER/v.sock", "--sandbox-folder", "FOLDER/missing")]
    [InlineData("a user who is not there", "no user 'nobody-at-all'", "serve", "--socket-path", "FOLDER/v.sock", "--user", "nobody-at-all")]
    [InlineData("an unknown policy for seals", "'require'", "serve", "--socket-path", "FOLDER/v.sock", "--memory-seals", "perhaps")]
    [InlineData("two sockets", "say one of", "serve", "--socket-path", "FOLDER/v.sock", "--vfio-user", "FOLDER/w.sock")]
    [InlineData("a config file and a card", "--vfio-user", "serve", "--config", "FOLDER/bad.json", "--vfio-user", "FOLDER/v.sock")]
    [InlineData("a card that is kept", "with vhost-user only", "serve", "--vfio-user", "FOLDER/v.sock", "--port", "a=echo", "--keep", "FOLDER/k.sock")]
    [InlineData("a card by itself", "with vhost-user only", "serve", "--vfio-user", "FOLDER/v.sock", "--port", "a=echo", "--isolate")]
    [InlineData("a number too large", "--look-us 99999999999: expected a number up to 2147483647", "serve", "--socket-path", "FOLDER/v.sock", "--look-us", "99999999999")]
    [InlineData("a socket somebody listens on", "open.json:2: ", "serve", "--config", "FOLDER/open.json")]
    [InlineData("a guest's socket in a folder that is not there", "folder.json:3: ", "serve", "--config", "FOLDER/folder.json")]
    [InlineData("the API's socket where a guest's is", "api.json:1: ", "serve", "--config", "FOLDER/api.json")]
    [InlineData("a descriptor that is not open", "fd.json:4: ", "serve", "--config", "FOLDER/fd.json")]
    [InlineData("a certificate that is not there", "tls.json:2: ", "serve", "--config", "FOLDER/tls.json")]
    [InlineData("an abstract socket", "@open", "serve", "--socket-path", "@open")]
    [InlineData("an abstract socket of a port", "@open", "serve", "--socket-path", "FOLDER/v.sock", "--port", "a=unix:@open")]
    [InlineData("nothing to do", "serve or demo")]
    public async Task What_is_wrong_is_one_line_and_exit_code_2_and_leaves_nothing_behind(string what, string expected, params string[] arguments)
    {
        using var folder = new TemporaryFolder();
        await File.WriteAllTextAsync(folder["file.txt"], "precious");
        await File.WriteAllTextAsync(folder["bad.json"], "{\n\"guests\": [ nonsense ]}");
        await File.WriteAllTextAsync(folder["unknown.json"], """{"guests": [{"socketPath": "x", "maxPort": 3}]}""");
        await File.WriteAllTextAsync(folder["null.json"], """{"guests": [null]}""");
        await File.WriteAllTextAsync(folder["name.json"], """{"guests": [{"name": "a\u001bb", "socketPath": "x"}]}""");
        await File.WriteAllTextAsync(folder["stdio.json"], """{"guests": [{"socketPath": "x", "console": "stdio"}, {"socketPath": "y", "console": "stdio"}]}""");
        await File.WriteAllTextAsync(folder["limit.json"], """{"guests": [{"name": "vm0", "socketPath": "x", "ports": [{"name": "a", "backend": "null", "limits": {"toHost": {"bytesPerSecond": 0}}}]}]}""");
        await File.WriteAllTextAsync(folder["limits.json"], """{"guests": [{"socketPath": "x", "ports": [{"name": "a", "backend": "null", "limits": {"toHost": {"bytes": 5}}}]}]}""");
        foreach ((string file, string json) in s_impossible)
        {
            await File.WriteAllTextAsync(folder[file], json.Replace("FOLDER", folder.FullName, StringComparison.Ordinal));
        }
        await Programs.RunAsync("mkfifo", [folder["fifo"]]);
        using var taken = FastRing.Interop.UnixSocket.Listen(folder["taken.sock"]);
        string[] before = Directory.GetFiles(folder.FullName);

        (int exit, string output, string error) = await Programs.TryRunAsync(
            Programs.FastRing, [.. arguments.Select(a => a.Replace("FOLDER", folder.FullName, StringComparison.Ordinal))]);

        Assert.True(exit == 2, $"{what}: exit code {exit}, {error}");
        Assert.Single(error.TrimEnd('\n').Split('\n'));
        Assert.Contains(expected, error, StringComparison.Ordinal);
        Assert.DoesNotContain("System.", error, StringComparison.Ordinal);
        Assert.DoesNotContain("FastRing.", error, StringComparison.Ordinal);
        Assert.Empty(output);
        Assert.Equal(before.Order(), Directory.GetFiles(folder.FullName).Order());
        Assert.Equal("precious", await File.ReadAllTextAsync(folder["file.txt"]));
    }

    [Fact]
    public async Task A_daemon_does_not_remove_the_socket_of_another_that_took_its_path()
    {
        using var folder = new TemporaryFolder();
        using Daemon first = await Daemon.StartAsync(["serve", "--socket-path", folder["v.sock"], "--port", $"a=unix:{folder["a.sock"]}"]);
        File.Delete(folder["v.sock"]);
        File.Delete(folder["a.sock"]);
        using Daemon second = await Daemon.StartAsync(["serve", "--socket-path", folder["v.sock"], "--port", $"a=unix:{folder["a.sock"]}"]);

        Assert.Equal(0, await first.TerminateAsync());
        Assert.Equal(2, Directory.GetFiles(folder.FullName).Length);
        Assert.Equal(0, await second.TerminateAsync());
        Assert.Empty(Directory.GetFiles(folder.FullName));
    }

    [Fact]
    public async Task A_socket_left_by_a_killed_daemon_is_taken_over()
    {
        using var folder = new TemporaryFolder();
        using (Daemon killed = await Daemon.StartAsync(["serve", "--socket-path", folder["v.sock"]]))
        {
            await Programs.RunAsync("kill", ["-KILL", $"{killed.ProcessId}"]);
            await killed.WaitExitAsync();
        }

        using Daemon next = await Daemon.StartAsync(["serve", "--socket-path", folder["v.sock"]]);
        Assert.Equal(0, await next.TerminateAsync());
    }

    [Fact]
    public async Task A_guest_talks_through_stdio_file_connect_and_console_of_the_daemon()
    {
        using var folder = new TemporaryFolder();
        using var listener = FastRing.Interop.UnixSocket.Listen(folder["elsewhere.sock"]);
        using Daemon daemon = await Daemon.StartAsync(
            ["serve", "--socket-path", folder["v.sock"], "--max-ports", "4", "--console", $"file:{folder["console.log"]}",
             "--port", "tty=stdio", "--port", $"log=file:{folder["port.log"]}", "--port", $"out=connect:{folder["elsewhere.sock"]}"]);
        await using UmlGuest linux = UmlGuest.Start(await GuestImage.Root, new UmlGuestOptions
        {
            DeviceSockets = [folder["v.sock"]],
            WaitPorts = ["tty", "log", "out"],
            RunAgent = false,
            LoggedInUser = null,
        });
        await linux.WaitReadyAsync(GuestRig.Patience);

        await daemon.Input.WriteAsync("question\n"u8.ToArray());
        await daemon.Input.FlushAsync();
        CommandResult result = await linux.RunAsync(
            """
            exec 3<>/dev/virtio-ports/tty; read -r line <&3; echo "answer to $line" >&3
            echo logged >/dev/virtio-ports/log; echo console >/dev/hvc0
            exec 4<>/dev/virtio-ports/out; echo out >&4; echo $line
            """,
            GuestRig.Patience);

        Assert.Equal("question\n", result.Output);
        byte[] answer = new byte["answer to question\n".Length];
        await daemon.Output.ReadExactlyAsync(answer).AsTask().WaitAsync(GuestRig.Patience);
        Assert.Equal("answer to question\n"u8.ToArray(), answer);
        Assert.Equal("logged\n", await File.ReadAllTextAsync(folder["port.log"]));
        Assert.Equal("console\r\n", await File.ReadAllTextAsync(folder["console.log"]));
        using FastRing.Interop.OwnedFd peer = FastRing.Interop.UnixSocket.Accept(listener)!;
        byte[] bytes = new byte[16];
        Assert.Equal("out\n"u8.ToArray(), bytes[..(int)peer.Read(bytes)]);
    }

    [Fact]
    public async Task Emergency_output_reaches_the_console_before_any_queue_is_there()
    {
        using var folder = new TemporaryFolder();
        using Daemon daemon = await Daemon.StartAsync(["serve", "--socket-path", folder["v.sock"], "--console", $"unix:{folder["console.sock"]}"]);
        using NetworkStream client = await HostClients.ConnectAsync(folder["console.sock"]);
        using VhostUserFrontend frontend = VhostUserFrontend.Connect(folder["v.sock"]);
        frontend.SetOwner();
        Assert.NotEqual(0UL, frontend.GetFeatures() & (1 << 2)); // VIRTIO_CONSOLE_F_EMERG_WRITE
        frontend.SetProtocolFeatures(ProtocolFeatures.Config);

        // As QEMU does: the whole configuration space. What comes before the daemon has seen its client is discarded.
        Task<byte[]> read = client.ReadAsync(1);
        while (!read.IsCompleted)
        {
            frontend.SetConfig(0, [0, 0, 0, 0, 31, 0, 0, 0, (byte)'!', 0, 0, 0]);
            await Task.Delay(10);
        }

        Assert.Equal("!"u8.ToArray(), await read);
        Assert.Equal(0, await daemon.TerminateAsync());
    }

    [Fact]
    public async Task An_inherited_listening_socket_is_served()
    {
        using var folder = new TemporaryFolder();

        // socat is the parent: it listens, accepts, and hands the connection over as descriptor 3.
        using var daemon = Programs.Start(
            "socat", [$"UNIX-LISTEN:{folder["v.sock"]}", $"EXEC:{Programs.FastRing} serve --fd 3 --max-ports 2 --port echo=echo,fdin=3,fdout=3"]);
        try
        {
            while (!File.Exists(folder["v.sock"]))
            {
                await Task.Delay(10);
            }

            // What socat hands over is one end of a socket pair, and it carries no descriptors: the daemon answers what needs none.
            using var frontend = FastRing.VhostUser.Frontend.VhostUserFrontend.Connect(folder["v.sock"]);
            frontend.SetOwner();
            Assert.NotEqual(0UL, frontend.GetFeatures());
        }
        finally
        {
            daemon.Kill(entireProcessTree: true);
        }
    }

    [Fact]
    public async Task The_embedded_demo_needs_nothing_and_reports_as_json()
    {
        JsonElement result = JsonDocument.Parse(await Programs.RunAsync(Programs.FastRing, ["demo", "--guest", "embedded", "--json"])).RootElement;

        Assert.Equal("embedded", result.GetProperty("guest").GetString());
        Assert.True(result.GetProperty("echo_ok").GetBoolean());
        Assert.Equal(64 << 20, result.GetProperty("echo_bytes").GetInt64());
        Assert.True(result.GetProperty("first_byte_ms").GetDouble() > 0);
        Assert.True(result.GetProperty("throughput_mib_s").GetDouble() > 0);
        Assert.True(result.GetProperty("round_trip_us_p50").GetDouble() > 0);
    }

    [Fact]
    public async Task The_demo_with_Linux_shows_echo_agent_and_users()
    {
        JsonElement result = JsonDocument.Parse(await Programs.RunAsync(Programs.FastRing, ["demo", "--guest", "uml", "--json"])).RootElement;
        AssertLinuxDemo(result);
    }

    [Fact]
    public async Task The_demo_with_Linux_runs_as_an_unprivileged_user()
    {
        // From a folder everybody may read: a checkout may lie in root's own.
        using var folder = new TemporaryFolder();
        File.SetUnixFileMode(folder.FullName, (UnixFileMode)0x1FF /* 0777 */);
        await Programs.RunAsync("cp", ["-r", AppContext.BaseDirectory, folder["fastring"]]);
        string program = Path.Combine(folder["fastring"], "fastring");
        string[] command = [program, "demo", "--guest", "uml", "--json"];
        bool isRoot = Environment.IsPrivilegedProcess;
        string[] asNobody = ["--reuid=65534", "--regid=65534", "--clear-groups", "env", $"HOME={folder.FullName}", $"TMPDIR={folder.FullName}", $"XDG_CACHE_HOME={folder["cache"]}", .. command];

        string json = isRoot ? await Programs.RunAsync("setpriv", asNobody) : await Programs.RunAsync(program, command[1..]);

        AssertLinuxDemo(JsonDocument.Parse(json).RootElement);
    }

    [Fact]
    public async Task An_interrupted_demo_says_so_and_leaves_nothing_behind()
    {
        using var folder = new TemporaryFolder();
        (int exit, _, string error) = await Programs.TryRunAsync("timeout", ["-s", "TERM", "1.2", "env", $"TMPDIR={folder.FullName}", Programs.FastRing, "demo", "--guest", "uml"]);

        Assert.Equal(124, exit); // timeout's own, when it had to end the program.
        Assert.EndsWith("fastring: interrupted\n", error, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(folder.FullName));
    }

    private static void AssertLinuxDemo(JsonElement result)
    {
        Assert.Equal("uml", result.GetProperty("guest").GetString());
        Assert.True(result.GetProperty("echo_ok").GetBoolean());
        Assert.True(result.GetProperty("agent_ok").GetBoolean());
        Assert.Equal(["alice"], result.GetProperty("users").EnumerateArray().Select(u => u.GetString()!));
        Assert.Contains("Linux 6", result.GetProperty("guest_os").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_log_that_nobody_reads_does_not_keep_it_from_ending()
    {
        using var folder = new TemporaryFolder();
        string hub = folder["hub.sock"];
        using Process daemon = Programs.Start(Programs.FastRing, ["serve", "--socket-path", folder["vm.sock"], "--port", $"a=hub:{hub}"]);
        using var ended = new CancellationTokenSource();
        using var enough = new SemaphoreSlim(0);
        Task clients = Task.Run(() => ComeAndGoAsync(hub, enough, ended.Token));
        for (int i = 0; i < 1500; i++) // A line or two each; a pipe holds 64 KiB.
        {
            Assert.True(await enough.WaitAsync(GuestRig.Patience));
        }

        await Programs.RunAsync("kill", ["-TERM", $"{daemon.Id}"]);
        await daemon.WaitForExitAsync().WaitAsync(GuestRig.Patience);
        await ended.CancelAsync();
        await clients;

        Assert.Equal(0, daemon.ExitCode);
        Assert.False(File.Exists(hub));
    }

    private static async Task ComeAndGoAsync(string socket, SemaphoreSlim connected, CancellationToken ended)
    {
        while (!ended.IsCancellationRequested)
        {
            try
            {
                using var client = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                await client.ConnectAsync(new UnixDomainSocketEndPoint(socket), ended);
                connected.Release();
                await Task.Delay(1, ended);
            }
            catch (Exception e) when (e is SocketException or OperationCanceledException)
            {
                await Task.Delay(3, CancellationToken.None);
            }
        }
    }
}
