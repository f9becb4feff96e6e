using System.Net.Sockets;
using System.Text.Json;
using FastRing.Console.Ports;
using FastRing.Host.Serving;
using FastRing.Host.Tests.Support;

namespace FastRing.Host.Tests.Management;

/// <summary>The configuration file is read again.</summary>
public sealed class ReloadTests
{
    private static string Guest(string name, string members) => $$"""{ "name": "{{name}}", "socketPath": "FOLDER/{{name}}.sock", {{members}} }""";

    private static string Ports(params string[] ports) => $"\"ports\": [ {string.Join(", ", ports)} ]";

    private static string File(params string[] guests) => $$"""{ "guests": [ {{string.Join(", ", guests)}} ] }""";

    private const string A = """{ "name": "a", "backend": "unix:FOLDER/a.sock" }""";
    private const string B = """{ "name": "b", "backend": "echo" }""";

    [Fact]
    public async Task Nothing_changes_where_nothing_was_changed()
    {
        await using ApiRig rig = await ApiRig.StartAsync(File(Guest("vm0", Ports(A, B))));
        IReadOnlyList<ServedPort> before = rig.Guests.Guests[0].Ports;

        Assert.Equal("""{"added":[],"removed":[],"changed":[],"unchanged":2}""", await ReloadAsync(rig));
        Assert.Equal(before, rig.Guests.Guests[0].Ports);
    }

    [Fact]
    public async Task Ports_come_go_and_change_and_the_others_keep_their_clients()
    {
        const string C = """{ "name": "c", "backend": "null", "id": 9 }""";
        await using ApiRig rig = await ApiRig.StartAsync(File(Guest("vm0", Ports(A, B, C))));
        ServedGuest guest = rig.Guests.Guests[0];
        Port kept = guest.Find("a")!.Port;
        using var client = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await client.ConnectAsync(new UnixDomainSocketEndPoint(rig["a.sock"]));
        await Eventually.IsAsync(() => kept.IsHostOpen, "the client's connection");

        rig.Write(File(Guest("vm0", Ports("""{ "name": "d", "backend": "null" }""", """{ "name": "c", "backend": "echo" }""", A))));
        Assert.Equal("""{"added":["vm0/d"],"removed":["vm0/b"],"changed":["vm0/c"],"unchanged":1}""", await ReloadAsync(rig));

        Assert.Same(kept, guest.Find("a")!.Port);
        Assert.True(kept.IsHostOpen);
        Assert.False(client.Poll(0, SelectMode.SelectRead));
        Assert.Equal(9, guest.Find("c")!.Port.Id);
        Assert.Equal("echo", guest.Find("c")!.Config.Backend);
        Assert.Null(guest.Find("b"));
    }

    [Fact]
    public async Task Limits_and_the_consoles_size_change_in_place()
    {
        await using ApiRig rig = await ApiRig.StartAsync(File(Guest("vm0", $"\"console\": \"null\", \"consoleSize\": \"80x24\", {Ports(A)}")));
        Port[] before = [.. rig.Guests.Guests[0].Ports.Select(p => p.Port)];

        rig.Write(File(Guest("vm0", $"\"console\": \"null\", \"consoleSize\": \"132x50\", {Ports("""{ "name": "a", "backend": "unix:FOLDER/a.sock", "limits": { "toHost": { "bytesPerSecond": 77 } } }""")}")));
        Assert.Equal("""{"added":[],"removed":[],"changed":["vm0/console","vm0/a"],"unchanged":0}""", await ReloadAsync(rig));

        Assert.Equal(before, rig.Guests.Guests[0].Ports.Select(p => p.Port));
        Assert.Equal((ushort)132, before[0].Size!.Value.Columns);
        Assert.Equal(77, before[1].Limits.ToHost.BytesPerSecond);
        rig.Write(File(Guest("vm0", $"\"console\": \"null\", {Ports(A)}")));
        await ReloadAsync(rig);
        Assert.Equal(0, before[1].Limits.ToHost.BytesPerSecond);
    }

    [Fact]
    public async Task A_guest_that_can_not_be_had_as_it_is_wanted_stays_as_it_was()
    {
        await using ApiRig rig = await ApiRig.StartAsync(File(Guest("vm0", Ports(A, B))));
        rig.Write(File(Guest("vm0", $"\"maxPorts\": 5,\n{Ports(A, """{ "name": "c", "backend": "unix:FOLDER/none/c.sock" }""")}")));

        (int status, JsonElement body, _) = await rig.SendAsync("POST", "/v1/reload");

        Assert.Equal(409, status);
        Assert.Matches(@"guests\.json:2: guest 'vm0': port 'c' .*none/c\.sock", body.GetProperty("detail").GetString());
        ServedGuest guest = Assert.Single(rig.Guests.Guests);
        Assert.Equal(["a", "b"], guest.Ports.Select(p => p.DisplayName));
        Assert.Equal(GuestConfig.DefaultMaxPorts, guest.Config.MaxPorts);
        using var client = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await client.ConnectAsync(new UnixDomainSocketEndPoint(rig["a.sock"]));
        await Eventually.IsAsync(() => guest.Find("a")!.Port.IsHostOpen, "the client's connection");
    }

    [Fact]
    public async Task A_port_that_can_not_be_had_as_it_is_wanted_stays_as_it_was_and_all_else_is_done()
    {
        await using ApiRig rig = await ApiRig.StartAsync(File(Guest("vm0", Ports(A, B))));
        rig.Write(File(Guest("vm0", Ports("""{ "name": "c", "backend": "null" }""", "\n" + """{ "name": "a", "backend": "unix:FOLDER/none/a.sock" }""", """{ "name": "b", "backend": "null" }"""))));

        (int status, JsonElement body, _) = await rig.SendAsync("POST", "/v1/reload");

        Assert.Equal(409, status);
        Assert.Matches(@"guests\.json:2: guest 'vm0': port 'a' .*none/a\.sock", body.GetProperty("detail").GetString());
        ServedGuest guest = rig.Guests.Guests[0];
        Assert.Equal(["a unix", "b null", "c null"], guest.Ports.Select(p => $"{p.DisplayName} {p.Config.Backend.Split(':')[0]}").Order());
        Assert.Equal(1, guest.Find("a")!.Port.Id);
        using var client = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await client.ConnectAsync(new UnixDomainSocketEndPoint(rig["a.sock"]));
        await Eventually.IsAsync(() => guest.Find("a")!.Port.IsHostOpen, "the client's connection");
    }

    [Fact]
    public async Task A_port_whose_number_went_to_another_is_put_back_with_a_number_that_is_free()
    {
        await using ApiRig rig = await ApiRig.StartAsync(File(Guest("vm0", Ports("""{ "name": "a", "backend": "null", "id": 1 }""", """{ "name": "b", "backend": "echo", "id": 2 }"""))));
        rig.Write(File(Guest("vm0", Ports("""{ "name": "a", "backend": "null", "id": 2 }""", """{ "name": "b", "backend": "unix:FOLDER/none/b.sock", "id": 1 }"""))));

        (int status, _, _) = await rig.SendAsync("POST", "/v1/reload");

        Assert.Equal(409, status);
        Assert.Equal(2, rig.Guests.Guests[0].Find("a")!.Port.Id);
        Assert.Equal("echo", rig.Guests.Guests[0].Find("b")!.Config.Backend);
    }

    [Fact]
    public async Task Guests_come_and_go_and_one_that_is_made_anew_says_so()
    {
        await using ApiRig rig = await ApiRig.StartAsync(File(Guest("vm0", Ports(B)), Guest("vm1", Ports(B)), Guest("vm2", Ports(B))));
        ServedGuest kept = rig.Guests.Guests[1];

        rig.Write(File(Guest("vm3", Ports(B)), Guest("vm1", Ports(B)), Guest("vm2", $"\"maxPorts\": 5, {Ports(B)}")));
        Assert.Equal("""{"added":["vm3"],"removed":["vm0"],"changed":["vm2"],"unchanged":1}""", await ReloadAsync(rig));

        Assert.Equal(["vm1", "vm2", "vm3"], rig.Guests.Guests.Select(g => g.Config.DisplayName).Order());
        Assert.Contains(kept, rig.Guests.Guests);
        Assert.Equal(["vm1.sock", "vm2.sock", "vm3.sock"], Directory.GetFiles(Path.GetDirectoryName(rig["x"])!, "vm*.sock").Select(Path.GetFileName).Order());
        Assert.Equal(5, (await rig.GetAsync("/v1/guests/vm2")).GetProperty("maxPorts").GetInt32());
    }

    [Fact]
    public async Task What_the_API_changed_is_as_the_file_says_again()
    {
        await using ApiRig rig = await ApiRig.StartAsync(File(Guest("vm0", Ports(A, B))));
        await rig.SendAsync("POST", "/v1/guests/vm0/ports", """{"name": "x", "backend": "echo"}""");
        await rig.SendAsync("DELETE", "/v1/guests/vm0/ports/b");
        await rig.SendAsync("PUT", "/v1/guests/vm0/ports/a/limits", """{"toHost": {"bytesPerSecond": 5}}""");

        Assert.Equal("""{"added":["vm0/b"],"removed":["vm0/x"],"changed":["vm0/a"],"unchanged":0}""", await ReloadAsync(rig));
        Assert.Equal(["a", "b"], rig.Guests.Guests[0].Ports.Select(p => p.Port.Name).Order());
    }

    [Fact]
    public async Task A_file_with_a_mistake_changes_nothing_and_each_mistake_is_told()
    {
        await using ApiRig rig = await ApiRig.StartAsync(File(Guest("vm0", Ports(A, B))));
        IReadOnlyList<ServedPort> before = rig.Guests.Guests[0].Ports;

        rig.Write("{ \"guests\": [ { \"name\": \"vm0\", \"socketPath\": \"x\",\n\"ports\": [ { \"name\": \"a b\", \"backend\": \"echo\" },\n { \"name\": \"c\", \"backend\": \"nothing\" } ] } ],\n \"api\": { \"socketPath\": \"/elsewhere\" } }");
        (int status, JsonElement problem, _) = await rig.SendAsync("POST", "/v1/reload");

        Assert.Equal(422, status);
        string[] lines = problem.GetProperty("detail").GetString()!.Split('\n');
        Assert.Equal(["2", "3", "4"], lines.Select(l => l[rig["guests.json:"].Length..].Split(':')[0]));
        Assert.Contains("can't be moved to /elsewhere", lines[2], StringComparison.Ordinal);
        Assert.Equal(before, rig.Guests.Guests[0].Ports);
    }

    [Fact]
    public async Task The_sandbox_stays_as_it_was_when_the_daemon_started()
    {
        const string Strict = """{ "guests": [ GUEST ], "sandbox": { "mode": "strict" } }""";
        await using ApiRig rig = await ApiRig.StartAsync(Strict.Replace("GUEST", Guest("vm0", Ports(A)), StringComparison.Ordinal));
        Assert.Equal("""{"added":[],"removed":[],"changed":[],"unchanged":1}""", await ReloadAsync(rig));

        rig.Write(File(Guest("vm0", Ports(A, B))));
        (int status, JsonElement problem, _) = await rig.SendAsync("POST", "/v1/reload");

        Assert.Equal(422, status);
        Assert.Contains("the sandbox can't be changed", problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
        Assert.Single(rig.Guests.Guests[0].Ports);
    }

    [Fact]
    public async Task Metrics_go_where_they_went_when_the_daemon_started()
    {
        const string Told = """{ "guests": [ GUEST ], "metrics": { "listen": "9464" } }""";
        await using ApiRig rig = await ApiRig.StartAsync(Told.Replace("GUEST", Guest("vm0", Ports(A)), StringComparison.Ordinal));
        Assert.Equal("""{"added":[],"removed":[],"changed":[],"unchanged":1}""", await ReloadAsync(rig));

        rig.Write(Told.Replace("GUEST", Guest("vm0", Ports(A, B)), StringComparison.Ordinal).Replace("9464", "9465", StringComparison.Ordinal));
        (int status, JsonElement problem, _) = await rig.SendAsync("POST", "/v1/reload");

        Assert.Equal(422, status);
        Assert.Contains("where metrics go can't be changed", problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
        Assert.Single(rig.Guests.Guests[0].Ports);
    }

    [Fact]
    public async Task What_cant_be_had_is_told_and_all_else_is_done()
    {
        await using ApiRig rig = await ApiRig.StartAsync(File(Guest("vm0", Ports(A))));
        rig.Write(File(Guest("vm0", Ports("""{ "name": "x", "backend": "unix:/nowhere/x.sock" }""", B)), """{ "name": "vm9", "socketPath": "/nowhere/vm9.sock" }"""));

        (int status, JsonElement problem, _) = await rig.SendAsync("POST", "/v1/reload");

        Assert.Equal(409, status);
        Assert.Contains("/nowhere/x.sock", problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
        Assert.Contains("/nowhere/vm9.sock", problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
        Assert.Equal(["b"], rig.Guests.Guests[0].Ports.Select(p => p.Port.Name));
    }

    [Fact]
    public async Task A_new_port_leaves_a_number_to_the_one_that_asks_for_it()
    {
        await using ApiRig rig = await ApiRig.StartAsync(File(Guest("vm0", Ports(A))));
        rig.Write(File(Guest("vm0", Ports("""{ "name": "first", "backend": "null" }""", """{ "name": "asks", "backend": "null", "id": 2 }""", A))));
        await ReloadAsync(rig);
        Assert.Equal(["a", "asks", "first"], rig.Guests.Guests[0].Ports.Select(p => p.Port.Name));
    }

    private static async Task<string> ReloadAsync(ApiRig rig)
    {
        (int status, JsonElement body, _) = await rig.SendAsync("POST", "/v1/reload");
        Assert.True(status == 200, body.ToString());
        return body.GetRawText();
    }
}
