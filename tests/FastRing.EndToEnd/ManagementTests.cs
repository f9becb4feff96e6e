using System.Diagnostics;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text.Json;

namespace FastRing.EndToEnd;

/// <summary>The management API of the real program, with curl as its client and a Linux guest that sees what is done.</summary>
public sealed class ManagementTests
{
    private const string Links = GuestRig.Links;
    private const string Ports = "/v1/guests/vm0/ports";
    private const string Api = "\"api\": { \"socketPath\": \"FOLDER/api.sock\", \"mode\": \"0666\", \"admins\": { \"uids\": [4001] }, \"readers\": { \"gids\": [4002] } }";
    private const string Agent = "org.qemu.guest_agent.0";

    private static string Guest(params string[] ports) =>
        $$"""{ "guests": [ { "name": "vm0", "socketPath": "FOLDER/vm0.sock", "maxPorts": 8, "console": "null", "resizeOrder": "columnsFirst", "ports": [ {{string.Join(", ", ports)}} ] } ], {{Api}} }""";

    [Fact]
    public async Task What_is_done_to_ports_is_seen_by_a_Linux_guest()
    {
        await using ManagedDaemon daemon = await ManagedDaemon.StartAsync(Guest("""{ "name": "first", "backend": "unix:FOLDER/first.sock" }""", """{ "name": "sink", "backend": "null" }"""));
        await daemon.BootAsync("vm0.sock", "first", "sink");
        await daemon.UntilAsync("/v1/guests/vm0", g => g.GetProperty("isConnected").GetBoolean() && g.GetProperty("isDriverReady").GetBoolean());

        // Added: a link, a name, and its echo.
        (int status, JsonElement port) = await daemon.CurlAsync("POST", Ports, """{ "name": "org.example.hot.0", "backend": "echo" }""");
        Assert.Equal(201, status);
        await daemon.WaitAsync($"-e {Links}/org.example.hot.0");
        Assert.Equal("org.example.hot.0", await daemon.RunAsync($"cat /sys/class/virtio-ports/vport0p{port.GetProperty("id").GetInt32()}/name"));
        Assert.Equal("hello", await daemon.RunAsync($"exec 3<>{Links}/org.example.hot.0; echo hello >&3; head -n 1 <&3"));
        await daemon.UntilAsync($"{Ports}/org.example.hot.0", p => p.GetProperty("bytesToHost").GetInt64() == 6 && p.GetProperty("guestOpens").GetInt64() == 1);

        // Limited: a ring full of buffers, and then nothing for a long time.
        Assert.Equal(204, (await daemon.CurlAsync("PUT", $"{Ports}/sink/limits", """{ "toHost": { "bytesPerSecond": 1 } }""")).Status);
        await daemon.RunAsync($"(dd if=/dev/zero of={Links}/sink bs=4096 count=1000 && echo done >/tmp/limited) >/dev/null 2>&1 & sleep 2; [ ! -e /tmp/limited ]");
        Assert.Equal(204, (await daemon.CurlAsync("PUT", $"{Ports}/sink/limits", "null")).Status);
        await daemon.WaitAsync("-e /tmp/limited");

        // Disconnected: the client reads the end, and the guest's reader too.
        using NetworkStream client = await HostClients.ConnectAsync(daemon["first.sock"]);
        await daemon.RunAsync($"(cat {Links}/first; echo >/tmp/ended) >/dev/null 2>&1 &");
        await daemon.UntilAsync($"{Ports}/first", p => p.GetProperty("isHostOpen").GetBoolean() && p.GetProperty("isGuestOpen").GetBoolean());
        Assert.Equal(204, (await daemon.CurlAsync("POST", $"{Ports}/first/disconnect")).Status);
        Assert.Equal(0, await client.ReadAsync(new byte[1]).AsTask().WaitAsync(GuestRig.Patience));
        await daemon.WaitAsync("-e /tmp/ended");

        // Resized: the console's terminal.
        Assert.Equal(204, (await daemon.CurlAsync("PUT", $"{Ports}/console/size", """{ "columns": 100, "rows": 30 }""")).Status);
        await daemon.WaitAsync("\"$(stty size </dev/hvc0)\" = '30 100'");

        // Removed: gone.
        Assert.Equal(204, (await daemon.CurlAsync("DELETE", $"{Ports}/org.example.hot.0")).Status);
        await daemon.WaitAsync($"! -e {Links}/org.example.hot.0");
    }

    [Fact]
    public async Task Other_users_are_turned_away_readers_look_and_admins_change()
    {
        await using ManagedDaemon daemon = await ManagedDaemon.StartAsync(Guest("""{ "name": "a", "backend": "echo" }"""));

        (int status, JsonElement problem) = await daemon.CurlAsync("GET", "/v1/guests", user: 4003);
        Assert.Equal(403, status);
        Assert.Contains("uid 4003", problem.GetProperty("detail").GetString(), StringComparison.Ordinal);

        Assert.Equal(200, (await daemon.CurlAsync("GET", "/v1/guests", user: 4002)).Status);
        foreach ((string method, string path, string? json) in new[]
        {
            ("POST", Ports, "{ \"name\": \"x\", \"backend\": \"echo\" }"), ("DELETE", $"{Ports}/a", null), ("PUT", $"{Ports}/a/limits", "{}"), ("PUT", $"{Ports}/console/size", "{}"),
            ("POST", $"{Ports}/a/disconnect", null), ("POST", "/v1/reload", null), ("POST", "/v1/guests/vm0/agent/exec", "{}"), ("POST", "/v1/guests/vm0/agent/shutdown", null), ("PATCH", "/v1/guests", null),
        })
        {
            (status, problem) = await daemon.CurlAsync(method, path, json, user: 4002);
            Assert.Equal(403, status);
            Assert.Contains("uid 4002 may look", problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
        }

        Assert.Equal(2, (await daemon.GetAsync(Ports)).GetArrayLength());
        Assert.Equal(204, (await daemon.CurlAsync("DELETE", $"{Ports}/a", user: 4001)).Status);
        Assert.Equal((UnixFileMode)0x1B6, File.GetUnixFileMode(daemon["api.sock"])); // 0666
        await daemon.Daemon.UntilLogAsync("uid 4001", "DELETE /v1/guests/vm0/ports/a: 204");
        await daemon.Daemon.UntilLogAsync("uid 4003", "GET /v1/guests: refused");
    }

    [Fact]
    public async Task The_OpenAPI_document_has_every_path()
    {
        await using ManagedDaemon daemon = await ManagedDaemon.StartAsync(Guest());

        JsonElement document = await daemon.GetAsync("/openapi/v1.json");

        Assert.StartsWith("3.", document.GetProperty("openapi").GetString(), StringComparison.Ordinal);
        string[] operations = [.. document.GetProperty("paths").EnumerateObject().SelectMany(p => p.Value.EnumerateObject().Select(o => $"{o.Name} {p.Name}"))];
        string[] agent = [.. ((string[])["ping", "info", "osinfo", "users", "interfaces", "filesystems", "vcpus", "time"]).Select(q => $"get /v1/guests/{{guest}}/agent/{q}")];
        string[] departures = [.. ((string[])["shutdown", "reboot", "halt", "suspend", "exec"]).Select(q => $"post /v1/guests/{{guest}}/agent/{q}")];
        string[] expected =
        [
            "get /v1/version", "post /v1/reload", "get /v1/events", "get /v1/guests", "get /v1/guests/{guest}", "get /v1/guests/{guest}/ports", "post /v1/guests/{guest}/ports",
            "get /v1/guests/{guest}/ports/{port}", "delete /v1/guests/{guest}/ports/{port}", "put /v1/guests/{guest}/ports/{port}/limits", "put /v1/guests/{guest}/ports/{port}/size",
            "post /v1/guests/{guest}/ports/{port}/disconnect", "get /v1/guests/{guest}/ports/{port}/output", "post /v1/guests/{guest}/ports/{port}/recording", .. agent, .. departures,
        ];
        Assert.Equal(expected.Order(), operations.Order());
        JsonElement port = document.GetProperty("components").GetProperty("schemas").GetProperty("PortState").GetProperty("properties");
        Assert.Equal("boolean", port.GetProperty("isGuestOpen").GetProperty("type").GetString());
        Assert.Equal(daemon.Daemon.ProcessId, (await daemon.GetAsync("/v1/version")).GetProperty("pid").GetInt32());
    }

    [Fact]
    public async Task Events_are_streamed_to_curl_and_go_on_where_it_was()
    {
        await using ManagedDaemon daemon = await ManagedDaemon.StartAsync(Guest());
        long first;
        using (Process curl = await StreamAsync(daemon))
        {
            await daemon.CurlAsync("POST", Ports, """{ "name": "x", "backend": "null" }""");
            List<string> lines = await LinesAsync(curl, 2);
            first = long.Parse(lines[0]["id: ".Length..]);
            Assert.Equal("event: added", lines[1]);
            string data = Assert.Single(await LinesAsync(curl, 1));
            JsonElement record = JsonDocument.Parse(data["data: ".Length..]).RootElement;
            Assert.Equal("x", record.GetProperty("port").GetString());
            Assert.Equal("vm0", record.GetProperty("guest").GetString());
            curl.Kill();
        }

        await daemon.CurlAsync("DELETE", $"{Ports}/x");
        using (Process curl = await StreamAsync(daemon, "-H", $"Last-Event-ID: {first}"))
        {
            await daemon.BootAsync("vm0.sock");
            string all = "";
            while (!all.Contains("event: removed", StringComparison.Ordinal) || !all.Contains("event: connected", StringComparison.Ordinal) || !all.Contains("event: driverReady", StringComparison.Ordinal))
            {
                all += string.Join('\n', await LinesAsync(curl, 1));
            }

            Assert.StartsWith($"id: {first + 1}", all, StringComparison.Ordinal);
            curl.Kill();
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_reload_under_a_transfer_loses_nothing_of_an_unchanged_port(bool bySignal)
    {
        const int Bytes = 8 << 20;
        const string Kept = """{ "name": "kept", "backend": "unix:FOLDER/kept.sock" }""";
        await using ManagedDaemon daemon = await ManagedDaemon.StartAsync(Guest(Kept, """{ "name": "goes", "backend": "echo" }""", """{ "name": "changes", "backend": "null" }"""));
        await daemon.BootAsync("vm0.sock", "kept", "goes", "changes");
        using NetworkStream client = await HostClients.ConnectAsync(daemon["kept.sock"]);
        byte[] sent = RandomNumberGenerator.GetBytes(Bytes);
        await daemon.RunAsync($"(exec 3<>{Links}/kept; cat <&3 >&3) >/dev/null 2>&1 &");
        Task sending = client.WriteAsync(sent).AsTask();
        Task<byte[]> receiving = client.ReadAsync(Bytes);

        for (int i = 0; i < 6; i++)
        {
            daemon.Write(Guest(Kept, $$"""{ "name": "new{{i}}", "backend": "echo" }""", $$"""{ "name": "changes", "backend": "{{(i % 2 == 0 ? "echo" : "null")}}" }"""));
            await ReloadAsync(daemon, bySignal, $"new{i}");
        }

        await sending.WaitAsync(GuestRig.Patience);
        Assert.Equal(SHA256.HashData(sent), SHA256.HashData(await receiving));
        await daemon.WaitAsync("\"$(cat /sys/class/virtio-ports/*/name | grep . | sort | tr '\\n' ' ')\" = 'changes kept new5 '");
        JsonElement kept = await daemon.GetAsync($"{Ports}/kept");
        Assert.Equal(Bytes, kept.GetProperty("bytesToHost").GetInt64());
        Assert.Equal(1, kept.GetProperty("guestOpens").GetInt64());

        daemon.Write("{ nonsense");
        await ReloadAsync(daemon, bySignal, expected: null);
        Assert.Equal(4, (await daemon.GetAsync(Ports)).GetArrayLength());
    }

    [Fact]
    public async Task The_guests_agent_is_asked_through_the_API_and_shared_with_socat()
    {
        await using ManagedDaemon daemon = await ManagedDaemon.StartAsync(Guest($$"""{ "name": "{{Agent}}", "backend": "agent:FOLDER/agent.sock" }"""));
        const string Path = "/v1/guests/vm0/agent";
        (int status, JsonElement problem) = await daemon.CurlAsync("GET", $"{Path}/ping");
        Assert.Equal(504, status); // Nobody is there yet; it says who is missing.
        Assert.Contains("guest 'vm0'", problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
        await daemon.BootAsync("vm0.sock", Agent);
        await daemon.UntilAsync($"{Ports}/{Agent}", p => p.GetProperty("isGuestOpen").GetBoolean());

        Assert.True((await daemon.GetAsync($"{Path}/ping")).GetProperty("milliseconds").GetDouble() > 0);
        Assert.NotEmpty((await daemon.GetAsync($"{Path}/info")).GetProperty("version").GetString()!);
        Assert.Equal("alice", (await daemon.GetAsync($"{Path}/users"))[0].GetProperty("user").GetString());
        Assert.Contains((await daemon.GetAsync($"{Path}/interfaces")).EnumerateArray(), i => i.GetProperty("name").GetString() == "lo");
        Assert.True((await daemon.GetAsync($"{Path}/vcpus")).GetArrayLength() > 0);
        Assert.Equal(JsonValueKind.Array, (await daemon.GetAsync($"{Path}/filesystems")).ValueKind);
        Assert.Equal(JsonValueKind.Object, (await daemon.GetAsync($"{Path}/osinfo")).ValueKind);
        DateTimeOffset time = (await daemon.GetAsync($"{Path}/time")).GetProperty("time").GetDateTimeOffset();
        Assert.InRange((DateTimeOffset.UtcNow - time).Duration(), TimeSpan.Zero, TimeSpan.FromDays(1));

        (status, JsonElement result) = await daemon.CurlAsync("POST", $"{Path}/exec", """{ "path": "/bin/sh", "arguments": ["-c", "cat; echo $NAME >&2; exit 3"], "environment": ["NAME=value"], "input": "hello" }""");
        Assert.Equal(200, status);
        Assert.Equal("""{"exitCode":3,"signal":null,"output":"hello","error":"value\n","isTruncated":false}""", result.GetRawText());
        (status, problem) = await daemon.CurlAsync("POST", $"{Path}/exec", """{ "path": "/no/such/program" }""");
        Assert.Equal(502, status);
        Assert.Contains("/no/such/program", problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
        (status, problem) = await daemon.CurlAsync("POST", $"{Path}/exec", """{ "path": "/bin/sleep", "arguments": ["5"], "timeoutSeconds": 1 }""");
        Assert.Equal(504, status);

        // Programs that speak the agent's protocol at its socket, and the API, at the same time.
        Task<string>[] socats = [.. Enumerable.Range(0, 4).Select(i => Programs.RunAsync("socat", ["-t", "30", "-", $"UNIX-CONNECT:{daemon["agent.sock"]}"], $$"""{"execute": "guest-sync", "arguments": {"id": {{i}} } }""" + "\n"))];
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => daemon.GetAsync($"{Path}/ping")));
        string[] answers = await Task.WhenAll(socats);
        Assert.Equal([0, 1, 2, 3], answers.Select(a => JsonDocument.Parse(a).RootElement.GetProperty("return").GetInt32()));

        Assert.Equal(202, (await daemon.CurlAsync("POST", $"{Path}/shutdown")).Status);
        await daemon.UntilAsync("/v1/guests/vm0", g => !g.GetProperty("isConnected").GetBoolean());
    }

    [Fact]
    public async Task The_default_socket_is_in_a_folder_of_its_owner_alone_and_a_stale_one_is_replaced()
    {
        using var folder = new TemporaryFolder();
        string api = folder["fastring/api.sock"];
        for (int i = 0; i < 2; i++)
        {
            // The second time a socket is left over by one that was killed.
            using Daemon daemon = await Daemon.StartAsync([$"FASTRING_API={api}", Programs.FastRing, "serve", "--socket-path", folder[$"{i}.sock"], "--api"], "env");
            await Programs.RunAsync("curl", ["-sSf", "--unix-socket", api, "http://localhost/v1/version"]);
            Assert.Equal((UnixFileMode)0x1C0, File.GetUnixFileMode(folder["fastring"])); // 0700
            Assert.Equal((UnixFileMode)0x180, File.GetUnixFileMode(api)); // 0600
        }
    }

    [Theory]
    [InlineData("--api-mode goes with --api", "--api-mode", "0660")]
    [InlineData("not '77'", "--api", "FOLDER/api.sock", "--api-mode", "77")]
    [InlineData("the API's socket FOLDER/file", "--api", "FOLDER/file")]
    [InlineData("the API's socket FOLDER/missing/api.sock", "--api", "FOLDER/missing/api.sock")]
    [InlineData("@api is an abstract socket", "--api", "@api")]
    public async Task What_is_wrong_with_the_API_is_one_line_and_exit_code_2(string expected, params string[] options)
    {
        using var folder = new TemporaryFolder();
        await File.WriteAllTextAsync(folder["file"], "precious");
        string Place(string text) => text.Replace("FOLDER", folder.FullName, StringComparison.Ordinal);

        (int exit, _, string error) = await Programs.TryRunAsync(Programs.FastRing, ["serve", "--socket-path", folder["v.sock"], .. options.Select(Place)]);

        Assert.Equal(2, exit);
        Assert.Contains(Place(expected), Assert.Single(error.TrimEnd('\n').Split('\n')), StringComparison.Ordinal);
        Assert.Equal("precious", await File.ReadAllTextAsync(folder["file"]));
        Assert.Equal([folder["file"]], Directory.GetFiles(folder.FullName));
    }

    private static async Task ReloadAsync(ManagedDaemon daemon, bool bySignal, string? expected)
    {
        if (bySignal)
        {
            await Programs.RunAsync("kill", ["-HUP", $"{daemon.Daemon.ProcessId}"]);
            if (expected is not null)
            {
                await daemon.UntilAsync(Ports, ports => ports.EnumerateArray().Any(p => p.GetProperty("name").GetString() == expected));
            }
            else
            {
                await daemon.Daemon.UntilLogAsync("not reloaded", "guests.json:1:");
            }
        }
        else
        {
            Assert.Equal(expected is null ? 422 : 200, (await daemon.CurlAsync("POST", "/v1/reload")).Status);
        }
    }

    /// <summary>A curl that reads events, when the answer has begun: nothing that happens from then on is missing.</summary>
    private static async Task<Process> StreamAsync(ManagedDaemon daemon, params string[] options)
    {
        Process curl = Programs.Start("curl", ["-sSNi", "--unix-socket", daemon["api.sock"], .. options, "http://localhost/v1/events"]);
        while ((await curl.StandardOutput.ReadLineAsync().WaitAsync(GuestRig.Patience))?.Length > 0)
        {
            // The head of the answer.
        }

        return curl;
    }

    private static async Task<List<string>> LinesAsync(Process process, int count)
    {
        List<string> lines = [];
        while (lines.Count < count)
        {
            string line = await process.StandardOutput.ReadLineAsync().WaitAsync(GuestRig.Patience) ?? throw new EndOfStreamException(await process.StandardError.ReadToEndAsync());
            if (line.Length > 0 && line[0] != ':')
            {
                lines.Add(line); // Not a comment, which says that there is nothing to say.
            }
        }

        return lines;
    }
}
