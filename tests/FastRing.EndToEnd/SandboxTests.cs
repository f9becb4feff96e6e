using System.Net.Sockets;

namespace FastRing.EndToEnd;

/// <summary>What a daemon gives up, tried by a program that gives up the same and then does what it must not (FastRing.Sandboxed).</summary>
public sealed class SandboxTests : IDisposable
{
    private const string Killed = "killed";

    private readonly TemporaryFolder _folder = new();

    [Theory]
    [InlineData("log", "internet socket", "done")]
    [InlineData("log", "read", "done", "/etc/shadow")]
    [InlineData("on", "exec", Killed)]
    [InlineData("on", "ptrace", Killed)]
    [InlineData("on", "321", Killed)] // bpf
    [InlineData("on", "32-bit numbers", Killed)]
    [InlineData("on", "fork", "1")]
    [InlineData("on", "become root", "1")]
    [InlineData("on", "signal another", "1")]
    [InlineData("on", "type for the user", "1")]
    [InlineData("on", "later", "38")]
    [InlineData("on", "internet socket", "done")]
    [InlineData("on", "packet socket", "13")]
    [InlineData("on", "read", "13", "/etc/shadow")]
    [InlineData("on", "write", "13", "FOLDER/outside/file")]
    [InlineData("on", "write", "done", "FOLDER/inside/file")]
    [InlineData("strict", "exec", Killed)]
    [InlineData("strict", "fork", Killed)]
    [InlineData("strict", "namespace thread", Killed)]
    [InlineData("strict", "later", Killed)]
    [InlineData("strict", "dump", Killed)]
    [InlineData("strict", "folder", Killed, "FOLDER/inside/folder")]
    [InlineData("strict", "clone3", "38")]
    [InlineData("strict", "signal itself", "done")]
    [InlineData("strict", "unix socket", "done")]
    [InlineData("strict", "internet socket", "13")]
    [InlineData("strict", "read", "13", "/etc/shadow")]
    [InlineData("strict", "read", "done", "FOLDER/config/guests.json")]
    [InlineData("strict", "write", "13", "FOLDER/config/guests.json")]
    [InlineData("strict", "bind", "13", "FOLDER/outside/socket")]
    [InlineData("strict", "bind", "done", "FOLDER/inside/socket")]
    [InlineData("strict", "write", "done", "FOLDER/given/file")]
    public async Task What_a_daemon_has_no_use_for_it_can_not_do(string mode, string deed, string expected, string argument = "")
    {
        foreach (string name in (string[])["inside", "outside", "config", "given"])
        {
            Directory.CreateDirectory(_folder[name]);
        }

        string config = _folder["config/guests.json"];
        await File.WriteAllTextAsync(config, Place(
            $$"""
            { "guests": [ { "socketPath": "FOLDER/inside/v.sock", "ports": [ { "name": "a", "backend": "file:FOLDER/inside/log" } ] } ],
              "sandbox": { "mode": "{{mode}}", "folders": [ "FOLDER/given" ] } }
            """));

        (int exit, string output, string error) = await Programs.TryRunAsync(Programs.Sandboxed, [config, deed, Place(argument)]);

        Assert.True(exit is 0 or 128 + 31 /* SIGSYS */, $"{exit}: {error}");
        Assert.Equal(expected, exit == 0 ? output.TrimEnd('\n') : Killed);
    }

    [Theory]
    [InlineData("log")]
    [InlineData("strict")]
    public async Task A_guest_is_served_with_all_that_may_happen_and_the_daemon_never_tries_anything_else(string mode)
    {
        const string Ports = """{ "name": "echo", "backend": "echo" }, { "name": "org.qemu.guest_agent.0", "backend": "agent:FOLDER/agent.sock" }, { "name": "pty", "backend": "pty:FOLDER/pty" }""";
        await using ManagedDaemon daemon = await ManagedDaemon.StartAsync(Config(mode, Ports), "--sandbox", mode);
        await daemon.BootAsync("vm0.sock", "echo", "org.qemu.guest_agent.0", "pty");
        await EchoAsync(daemon, "echo");
        Assert.Equal(201, (await daemon.CurlAsync("POST", "/v1/guests/vm0/ports", Place(daemon, """{ "name": "hub", "backend": "hub:FOLDER/hub.sock" }"""))).Status);
        Assert.Equal(201, (await daemon.CurlAsync("POST", "/v1/guests/vm0/ports", Place(daemon, """{ "name": "log", "backend": "file:FOLDER/log,max-bytes=1024,timestamps=on" }"""))).Status);
        daemon.Write(Config(mode, Ports + """, { "name": "late", "backend": "echo" }, { "name": "log", "backend": "file:FOLDER/log,max-bytes=1024,timestamps=on" }"""));
        Assert.Equal(200, (await daemon.CurlAsync("POST", "/v1/reload")).Status);
        await daemon.WaitAsync($"-e {GuestRig.Links}/late -a -e {GuestRig.Links}/log");
        await EchoAsync(daemon, "late");
        await daemon.RunAsync($"i=0; while [ $i -lt 100 ]; do echo line of a log that is rotated; i=$((i + 1)); done >{GuestRig.Links}/log");
        await daemon.UntilAsync("/v1/guests/vm0/ports/org.qemu.guest_agent.0", p => p.GetProperty("isGuestOpen").GetBoolean());
        await daemon.GetAsync("/v1/guests/vm0/agent/ping");
        await daemon.RunAsync($"echo to the terminal >{GuestRig.Links}/pty & true");
        Assert.Equal("to the terminal", await Programs.RunAsync("sh", ["-c", $"head -n 1 {daemon["pty"]} | tr -d '\\r\\n'"]));

        AssertGivenUp(daemon.Daemon.ProcessId, user: 0);
        Assert.Equal(0, await daemon.Daemon.TerminateAsync());
        Assert.DoesNotContain("type=1326", await ViolationsAsync(daemon.Daemon.ProcessId), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Root_becomes_another_user_whose_sockets_they_are_and_ports_added_later_are_made_by_that_user()
    {
        const uint Nobody = 65534;
        await using ManagedDaemon daemon = await ManagedDaemon.StartAsync(
            Config("strict", """{ "name": "a", "backend": "unix:FOLDER/a.sock,mode=0600" }""").Replace("\"mode\":", "\"user\": \"nobody\", \"mode\":", StringComparison.Ordinal));
        AssertGivenUp(daemon.Daemon.ProcessId, Nobody);
        Assert.Equal("nobody nobody nobody ", await Programs.RunAsync("stat", ["--printf=%U ", daemon["a.sock"], daemon["vm0.sock"], daemon["api.sock"]]));
        Assert.Equal(200, (await daemon.CurlAsync("GET", "/v1/guests", user: Nobody)).Status);
        Assert.Equal(201, (await daemon.CurlAsync("POST", "/v1/guests/vm0/ports", Place(daemon, """{ "name": "b", "backend": "unix:FOLDER/b.sock" }"""))).Status);
        Assert.Equal("nobody", await Programs.RunAsync("stat", ["--printf=%U", daemon["b.sock"]]));

        Assert.Equal(0, await daemon.Daemon.TerminateAsync());
        Assert.False(File.Exists(daemon["a.sock"]) || File.Exists(daemon["b.sock"]));
    }

    [Fact]
    public async Task A_port_outside_the_folders_is_refused_with_the_reason_and_nothing_else_suffers()
    {
        await using ManagedDaemon daemon = await ManagedDaemon.StartAsync(Config("strict", """{ "name": "a", "backend": "echo" }"""));
        foreach (string backend in (string[])[$"unix:{_folder["b.sock"]}", $"file:{_folder["b.log"]}", "tcp:0", $"tcp:0,tls-cert={_folder["c"]},tls-key={_folder["k"]}"])
        {
            (int status, System.Text.Json.JsonElement problem) = await daemon.CurlAsync("POST", "/v1/guests/vm0/ports", $$"""{ "name": "b", "backend": "{{backend}}" }""");
            Assert.True(status == 409, $"{backend}: {status} {problem}");
        }

        Assert.Contains("--sandbox-folder", (await daemon.CurlAsync("POST", "/v1/guests/vm0/ports", $$"""{ "name": "b", "backend": "unix:{{_folder["b.sock"]}}" }""")).Body.GetProperty("detail").GetString(), StringComparison.Ordinal);
        Assert.Equal(1, (await daemon.GetAsync("/v1/guests/vm0/ports")).GetArrayLength());
        Assert.Equal(0, await daemon.Daemon.TerminateAsync());
    }

    [Fact]
    public async Task Where_TCP_ports_are_configured_names_and_certificates_are_within_reach_of_a_strict_daemon()
    {
        Directory.CreateDirectory(_folder["certificates"]);
        string certificate = _folder["certificates/certificate.pem"];
        string key = _folder["certificates/key.pem"];
        await Programs.RunAsync("openssl", ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", key, "-out", certificate, "-subj", "/CN=localhost", "-days", "2"]);
        using var free = new TcpListener(System.Net.IPAddress.Loopback, 0);
        free.Start();
        int port = ((System.Net.IPEndPoint)free.LocalEndpoint).Port;
        free.Stop();
        string tls = $"tls-ca={certificate},tls-cert={certificate},tls-key={key}";

        using Daemon daemon = await Daemon.StartAsync(
            ["serve", "--sandbox", "strict", "--socket-path", _folder["v.sock"], "--port", $"listens=tcp:{port},{tls}", "--port", $"connects=tcp-connect:localhost:{port},tls=on,{tls}"]);

        await daemon.UntilLogAsync("'listens': opened by", "CN=localhost");
        await daemon.UntilLogAsync("'connects': opened by", "CN=localhost");
        Assert.Equal(0, await daemon.TerminateAsync());
    }

    [Fact]
    public async Task The_runtimes_debugging_socket_is_there_only_when_asked_for()
    {
        using (Daemon daemon = await Daemon.StartAsync(["serve", "--sandbox", "on", "--socket-path", _folder["a.sock"]]))
        {
            Assert.Empty(DiagnosticFiles(daemon.ProcessId));
        }

        using Daemon asked = await Daemon.StartAsync(["serve", "--sandbox", "strict", "--diagnostics", "--socket-path", _folder["b.sock"]]);
        string name = Path.GetFileName(Assert.Single(DiagnosticFiles(asked.ProcessId)));
        Assert.StartsWith("dotnet-diagnostic-", name, StringComparison.Ordinal); // And no pipe for debuggers.
        Assert.Equal(0, await asked.TerminateAsync());
        Assert.Empty(DiagnosticFiles(asked.ProcessId));

        using Daemon environment = await Daemon.StartAsync(["DOTNET_EnableDiagnostics=1", Programs.FastRing, "serve", "--sandbox", "strict", "--socket-path", _folder["c.sock"]], "env");
        Assert.True(DiagnosticFiles(environment.ProcessId).Length > 1);
        Assert.Equal(0, await environment.TerminateAsync());
    }

    public void Dispose() => _folder.Dispose();

    private static string[] DiagnosticFiles(int process) => [.. Directory.GetFiles(Path.GetTempPath(), $"*-{process}-*").Where(f => Path.GetFileName(f).StartsWith("dotnet-diagnostic-", StringComparison.Ordinal) || Path.GetFileName(f).StartsWith("clr-debug-pipe-", StringComparison.Ordinal))];

    private static string Config(string mode, string ports) =>
        $$"""{ "guests": [ { "name": "vm0", "socketPath": "FOLDER/vm0.sock", "maxPorts": 8, "ports": [ {{ports}} ] } ], "api": { "socketPath": "FOLDER/api.sock" }, "sandbox": { "mode": "{{mode}}" } }""";

    private static async Task EchoAsync(ManagedDaemon daemon, string port) =>
        await daemon.RunAsync($"exec 3<>{GuestRig.Links}/{port}; (head -c 1048576 <&3 | cksum >/tmp/received) & head -c 1048576 /dev/urandom >/tmp/sent; cat /tmp/sent >&3; wait; [ \"$(cksum </tmp/sent)\" = \"$(cat /tmp/received)\" ]");

    /// <summary>As the kernel sees every thread of it.</summary>
    private static void AssertGivenUp(int process, uint user)
    {
        string[] threads = Directory.GetDirectories($"/proc/{process}/task");
        Assert.True(threads.Length > 5);
        Assert.All(threads, thread =>
        {
            Dictionary<string, string> status = File.ReadLines($"{thread}/status").Select(line => line.Split(':', 2)).ToDictionary(p => p[0], p => p[1].Trim());
            Assert.Equal(("2", "1", $"{user}\t{user}\t{user}\t{user}"), (status["Seccomp"], status["NoNewPrivs"], status["Uid"]));
        });
        Assert.Contains("Max core file size        0                    0", File.ReadAllText($"/proc/{process}/limits"), StringComparison.Ordinal);
    }

    private static async Task<string> ViolationsAsync(int process) =>
        string.Join('\n', (await Programs.RunAsync("dmesg", [])).Split('\n').Where(line => line.Contains($"pid={process} ", StringComparison.Ordinal)));

    private static string Place(ManagedDaemon daemon, string text) => text.Replace("FOLDER", daemon[""].TrimEnd('/'), StringComparison.Ordinal);

    private string Place(string text) => text.Replace("FOLDER", _folder.FullName, StringComparison.Ordinal);
}
