using System.Diagnostics;
using FastRing.Console.Ports;
using FastRing.Host.Guests;
using FastRing.Host.Serving;

namespace FastRing.EndToEnd;

/// <summary>Each kind of host endpoint with a Linux guest at one end and a program of others at the other.</summary>
public sealed class EndpointTests
{
    private const int MiB = 1 << 20;
    private const string Links = GuestRig.Links;

    /// <summary>Until somebody is there on the host's side, a guest's program reads the end.</summary>
    private const string Reading = "rm -f /tmp/got; until [ -s /tmp/got ]; do usleep 50000; dd of=/tmp/got bs=64k count=16 iflag=fullblock; done";

    private static PortConfig Port(string name, string backend) => new() { Name = name, Backend = backend };

    [Fact]
    public async Task A_mebibyte_passes_each_way_over_each_kind_of_stream_with_socat_and_cat_at_the_hosts_end()
    {
        string name = $"fastring-test-{Guid.NewGuid():N}";
        using var folder = new TemporaryFolder();
        await Programs.RunAsync("mkfifo", [folder["fifo.in"], folder["fifo.out"]]);
        await using GuestRig rig = await GuestRig.StartAsync(new GuestConfig
        {
            Ports =
            [
                Port("unix", "unix:FOLDER/unix.sock,mode=0660"), Port("abstract", $"unix:@{name},allow-uid=12345"),
                Port("tcp", "tcp:0"), Port("pty", "pty:FOLDER/tty"), Port("fifo", $"fifo:{folder["fifo"]}"),
            ],
        });

        await AssertCarriesAsync(rig, "unix", "socat -u OPEN:$1 UNIX-CONNECT:$0", "socat -u UNIX-CONNECT:$0,readbytes=1048576 CREATE:$1");
        await AssertCarriesAsync(rig, "abstract", "socat -u OPEN:$1 ABSTRACT-CONNECT:${0#@}", "socat -u ABSTRACT-CONNECT:${0#@},readbytes=1048576 CREATE:$1");
        await AssertCarriesAsync(rig, "tcp", "socat -u OPEN:$1 TCP:$0", "socat -u TCP:$0,readbytes=1048576 CREATE:$1");
        await AssertCarriesAsync(rig, "pty", "socat -u OPEN:$1 FILE:$0,rawer", "socat -u FILE:$0,rawer,readbytes=1048576 CREATE:$1");
        await AssertCarriesAsync(rig, "fifo", "cat $1 >$0.in", "head -c 1048576 $0.out >$1");
    }

    [Fact]
    public async Task A_mebibyte_passes_each_way_over_connections_that_the_daemon_makes()
    {
        using var folder = new TemporaryFolder();
        using Process unix = Programs.Start("socat", ["UNIX-LISTEN:" + folder["unix.sock"], "EXEC:cat"]);
        using Process tcp = Programs.Start("socat", ["-d", "-d", "TCP-LISTEN:0,bind=127.0.0.1", "EXEC:cat"]);
        try
        {
            string listening = (await tcp.StandardError.ReadLineAsync().WaitAsync(GuestRig.Patience))!;
            await using GuestRig rig = await GuestRig.StartAsync(new GuestConfig
            {
                Ports =
                [
                    Port("unix", $"connect:{folder["unix.sock"]},allow-uid=0"),
                    Port("tcp", $"tcp-connect:localhost:{listening[(listening.LastIndexOf(':') + 1)..]}"),
                ],
            });
            await GuestRig.UntilAsync(() => rig.Port("unix").IsHostOpen && rig.Port("tcp").IsHostOpen);
            await rig.AssertEchoesAsync("unix", 4096);
            await rig.AssertEchoesAsync("tcp", 4096);
        }
        finally
        {
            unix.Kill(entireProcessTree: true);
            tcp.Kill(entireProcessTree: true);
        }
    }

    [Fact]
    public async Task A_mebibyte_passes_each_way_over_TLS_and_a_client_without_a_certificate_is_turned_away()
    {
        using var folder = new TemporaryFolder();
        string authority = await AuthorityAsync(folder);
        string server = await IssueAsync(folder, "server");
        string alice = await IssueAsync(folder, "alice");
        string options = $"tls-cert={server}.pem,tls-key={server}.key";
        await using GuestRig rig = await GuestRig.StartAsync(new GuestConfig
        {
            Ports = [Port("open", $"tcp:0,{options}"), Port("guarded", $"tcp:0,{options},tls-ca={authority}")],
        });
        var refused = new List<string>();
        rig.Device.PortChanged += e => refused.AddRange(e.Kind == PortEventKind.ClientRefused ? [e.Detail!] : []);

        await AssertCarriesOverTlsAsync(rig, "open", authority);
        await AssertCarriesOverTlsAsync(rig, "guarded", authority, "-cert", $"{alice}.pem", "-key", $"{alice}.key");
        using Process stranger = OpenSsl(rig.Port("guarded").Address!, authority);
        await GuestRig.UntilAsync(() => rig.Port("guarded").Counters.ClientsRefused == 1);
        await stranger.WaitForExitAsync().WaitAsync(GuestRig.Patience);

        Assert.Contains("TLS", Assert.Single(refused), StringComparison.Ordinal);
        Assert.Equal(0, await stranger.StandardOutput.BaseStream.ReadAsync(new byte[1]));
        await AssertCarriesOverTlsAsync(rig, "guarded", authority, "-cert", $"{alice}.pem", "-key", $"{alice}.key");
    }

    [Fact]
    public async Task A_client_of_the_wrong_user_is_turned_away_and_audited_and_one_of_the_right_user_is_let_in()
    {
        const int Right = 54321;
        const int Wrong = 54322;
        using var folder = new TemporaryFolder();
        File.SetUnixFileMode(folder.FullName, (UnixFileMode)0x1ED /* 0755 */);
        string name = $"fastring-test-{Guid.NewGuid():N}";
        using Daemon daemon = await Daemon.StartAsync(
            ["serve", "--socket-path", folder["v.sock"], "--max-ports", "4", "--port", $"a=unix:{folder["a.sock"]},allow-uid={Right}", "--port", $"b=unix:@{name},allow-gid={Right}"]);
        await using UmlGuest linux = UmlGuest.Start(await GuestImage.Root, new UmlGuestOptions { DeviceSockets = [folder["v.sock"]], WaitPorts = ["a", "b"], RunAgent = false, LoggedInUser = null });
        await linux.WaitReadyAsync(GuestRig.Patience);

        // Held open: cat ends while nobody is connected, and what came just then went with its descriptor if that were the last.
        await linux.RunAsync($"for port in a b; do (exec 3<>{Links}/$port; while :; do cat <&3 >&3; usleep 50000; done) >/dev/null 2>&1 & done", GuestRig.Patience);

        foreach (string address in (string[])[$"UNIX-CONNECT:{folder["a.sock"]}", $"ABSTRACT-CONNECT:{name}"])
        {
            Assert.Equal("", await SocatAsync(Wrong, address));
            Assert.Equal("hello", await SocatAsync(Right, address));
        }

        await GuestRig.UntilAsync(() => daemon.Log.Count(l => l.Contains("left by", StringComparison.Ordinal)) == 2);
        foreach (string port in (string[])["a", "b"])
        {
            Assert.Single(daemon.Log, l => IsAbout(l, port, "refused", $"(socat) uid {Wrong} gid {Wrong}: not on the allow-list"));
            Assert.Single(daemon.Log, l => IsAbout(l, port, "opened by", $"(socat) uid {Right} gid {Right}"));
            Assert.Single(daemon.Log, l => IsAbout(l, port, "left by", $"(socat) uid {Right} gid {Right}"));
        }

        static bool IsAbout(string line, string port, string what, string who) =>
            line.Contains($"port '{port}': {what} pid ", StringComparison.Ordinal) && line.EndsWith(who, StringComparison.Ordinal);

        // What it got back, or nothing when it was turned away.
        static async Task<string> SocatAsync(int user, string address)
        {
            using Process socat = Programs.Start("setpriv", [$"--reuid={user}", $"--regid={user}", "--clear-groups", "socat", "-", address]);
            try
            {
                await socat.StandardInput.WriteAsync("hello\n");
                await socat.StandardInput.FlushAsync();
                return await socat.StandardOutput.ReadLineAsync().WaitAsync(GuestRig.Patience) ?? "";
            }
            catch (IOException)
            {
                return ""; // It was gone before it could be told anything.
            }
            finally
            {
                socat.Kill();
            }
        }
    }

    [Fact]
    public async Task Endpoints_that_vanish_leave_the_guests_other_port_working()
    {
        using var folder = new TemporaryFolder();
        await Programs.RunAsync("mkfifo", [folder["fifo"]]);
        await using GuestRig rig = await GuestRig.StartAsync(new GuestConfig
        {
            Ports = [Port("unix", "unix:FOLDER/unix.sock"), Port("tcp", "tcp:0"), Port("fifo", $"fifo:{folder["fifo"]}"), Port("full", "file:/dev/full"), Port("pty", "pty:FOLDER/tty"), Port("other", "echo")],
        });
        await VanishAsync(rig, "unix", $"socat -u UNIX-CONNECT:{rig["unix.sock"]} -");
        await VanishAsync(rig, "tcp", $"socat -u TCP:{rig.Port("tcp").Address} -");
        await VanishAsync(rig, "fifo", $"cat {folder["fifo"]}");
        await VanishAsync(rig, "pty", $"socat -u FILE:{rig["tty"]},rawer -");
        await rig.RunAsync($"(yes >{Links}/full) >/dev/null 2>&1 &");
        await GuestRig.UntilAsync(() => !rig.Port("full").IsHostOpen);
        await rig.AssertEchoesAsync("other", 4096);
    }

    [Fact]
    public async Task A_file_is_rotated_and_each_line_has_its_time()
    {
        const int Lines = 20_000;
        await using GuestRig rig = await GuestRig.StartAsync(new GuestConfig { Ports = [Port("log", "file:FOLDER/log,max-bytes=256K,keep=9,timestamps=on")] });
        await rig.RunAsync($"seq {Lines} >{Links}/log");
        await GuestRig.UntilAsync(() => rig.Port("log").Counters.BytesToHost == (ulong)Enumerable.Range(1, Lines).Sum(n => $"{n}\n".Length));

        string[] files = [.. Enumerable.Range(1, 9).Select(n => rig[$"log.{n}"]).Where(File.Exists).Reverse(), rig["log"]];
        Assert.InRange(files.Length, 2, 10);
        Assert.All(files[..^1], f => Assert.Equal(256 << 10, new FileInfo(f).Length));
        string[] lines = string.Concat(files.Select(File.ReadAllText)).TrimEnd('\n').Split('\n');
        Assert.Equal(Enumerable.Range(1, Lines).Select(n => $"{n}"), lines.Select(l => l[25..]));
        Assert.All(lines, l => Assert.EndsWith("Z ", l[..25], StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_shell_on_a_console_is_used_from_a_terminal_whose_size_it_follows()
    {
        await using GuestRig rig = await GuestRig.StartAsync(new GuestConfig { MaxPorts = 2, Console = "pty:FOLDER/tty", ResizeOrder = "columnsFirst" });
        await rig.RunAsync("(while :; do setsid sh -c 'exec sh -i </dev/hvc0 >/dev/hvc0 2>&1'; done) >/dev/null 2>&1 &");
        string session = $"fastring-{Guid.NewGuid():N}";
        await Programs.RunAsync("tmux", ["-L", session, "-f", "/dev/null", "new-session", "-d", "-x", "90", "-y", "20", $"socat FILE:{rig["tty"]},rawer STDIO,rawer"]);
        try
        {
            await GuestRig.UntilAsync(() => rig.Device.Ports[0].Counters.ClientsAccepted == 1);
            await Programs.RunAsync("stty", ["-F", rig["tty"], "cols", "101", "rows", "31"]);
            await rig.WaitAsync("\"$(stty size </dev/hvc0)\" = '31 101'");
            await Programs.RunAsync("tmux", ["-L", session, "send-keys", "echo $((6 * 7))-$(stty size)", "Enter"]);
            string screen = "";
            for (long end = Environment.TickCount64 + 60_000; !screen.Contains("42-31 101", StringComparison.Ordinal) && Environment.TickCount64 < end; await Task.Delay(50))
            {
                screen = await Programs.RunAsync("tmux", ["-L", session, "capture-pane", "-p"]);
            }

            Assert.Contains("42-31 101", screen, StringComparison.Ordinal);
        }
        finally
        {
            await Programs.RunAsync("tmux", ["-L", session, "kill-server"]);
        }
    }

    /// <summary>Bytes from a program on the host to the guest, and from the guest to another.</summary>
    private static async Task AssertCarriesAsync(GuestRig rig, string port, string sends, string receives)
    {
        string address = rig.Port(port).Address!;
        byte[] bytes = RandomBytes();
        await File.WriteAllBytesAsync(rig["sent"], bytes);
        await rig.RunAsync($"({Reading} && touch /tmp/got.{port}) 2>/dev/null <{Links}/{port} &");
        await Programs.RunAsync("sh", ["-c", sends, address, rig["sent"]]);
        await rig.WaitAsync($"-e /tmp/got.{port}");
        Assert.Equal(Hash(bytes), await rig.RunAsync("sha256sum </tmp/got | cut -c1-64"));

        File.Delete(rig["received"]);
        ulong accepted = rig.Port(port).Counters.ClientsAccepted;
        Task<string> receiving = Programs.RunAsync("sh", ["-c", receives, address, rig["received"]]);

        // One that has left counts as there as long as the guest may read its end: a socket's next client is there when it was accepted.
        await GuestRig.UntilAsync(() => rig.Port(port).IsHostOpen && (accepted == 0 || rig.Port(port).Counters.ClientsAccepted > accepted));
        await rig.RunAsync($"cat /tmp/got >{Links}/{port}");
        await receiving;
        Assert.Equal(Hash(bytes), Hash(await File.ReadAllBytesAsync(rig["received"])));
    }

    private static async Task AssertCarriesOverTlsAsync(GuestRig rig, string port, string authority, params string[] own)
    {
        byte[] bytes = RandomBytes();
        await rig.RunAsync($"({Reading}; cat /tmp/got >&0) 2>/dev/null <>{Links}/{port} &");
        using Process client = OpenSsl(rig.Port(port).Address!, authority, own);
        try
        {
            await GuestRig.UntilAsync(() => rig.Port(port).IsHostOpen);
            await client.StandardInput.BaseStream.WriteAsync(bytes);
            await client.StandardInput.BaseStream.FlushAsync();
            byte[] received = new byte[MiB];
            await client.StandardOutput.BaseStream.ReadExactlyAsync(received).AsTask().WaitAsync(GuestRig.Patience);
            Assert.Equal(Hash(bytes), Hash(received));
        }
        finally
        {
            client.Kill();
        }

        await GuestRig.UntilAsync(() => !rig.Port(port).IsHostOpen);
    }

    private static Process OpenSsl(string address, string authority, params string[] own) => Programs.Start(
        "openssl", ["s_client", "-connect", address, "-CAfile", authority, "-verify_return_error", "-verify_hostname", "localhost", "-quiet", .. own]);

    /// <summary>A program that reads what the guest floods a port with is killed in the middle.</summary>
    private static async Task VanishAsync(GuestRig rig, string port, string command)
    {
        await rig.RunAsync($"(yes >{Links}/{port}) >/dev/null 2>&1 &");
        using Process program = Programs.Start("sh", ["-c", $"exec {command}"]);
        byte[] some = new byte[10_000];
        await program.StandardOutput.BaseStream.ReadExactlyAsync(some).AsTask().WaitAsync(GuestRig.Patience);
        program.Kill();
        await GuestRig.UntilAsync(() => !rig.Port(port).IsHostOpen);
        await rig.AssertEchoesAsync("other", 4096);
        await rig.RunAsync("killall yes || true");
    }

    private static byte[] RandomBytes()
    {
        byte[] bytes = new byte[MiB];
        Random.Shared.NextBytes(bytes);
        return bytes;
    }

    private static string Hash(byte[] bytes) => Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(bytes));

    private static async Task<string> AuthorityAsync(TemporaryFolder folder)
    {
        await Programs.RunAsync("openssl", ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "1", "-subj", "/CN=authority", "-keyout", folder["ca.key"], "-out", folder["ca.pem"]]);
        return folder["ca.pem"];
    }

    private static async Task<string> IssueAsync(TemporaryFolder folder, string name)
    {
        await Programs.RunAsync("openssl", ["req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", $"/CN={name}", "-addext", "subjectAltName=DNS:localhost", "-keyout", folder[$"{name}.key"], "-out", folder[$"{name}.csr"]]);
        await Programs.RunAsync("openssl", ["x509", "-req", "-in", folder[$"{name}.csr"], "-CA", folder["ca.pem"], "-CAkey", folder["ca.key"], "-CAcreateserial", "-days", "1", "-copy_extensions", "copy", "-out", folder[$"{name}.pem"]]);
        return folder[name];
    }
}
