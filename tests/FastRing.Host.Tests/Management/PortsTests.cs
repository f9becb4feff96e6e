using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using FastRing.Host.Tests.Support;

namespace FastRing.Host.Tests.Management;

/// <summary>Ports are listed, added, changed and taken away.</summary>
public sealed class PortsTests
{
    private const string Ports = "/v1/guests/vm0/ports";

    private const string Config =
        """
        { "guests": [ { "name": "vm0", "socketPath": "FOLDER/vm0.sock", "console": "null", "consoleSize": "80x24",
            "ports": [ { "name": "a", "backend": "unix:FOLDER/a.sock", "id": 3, "limits": { "toHost": { "bytesPerSecond": 1000 } } }, { "name": "b", "backend": "echo" } ] },
          { "socketPath": "FOLDER/nameless.sock" } ] }
        """;

    [Fact]
    public async Task A_guest_is_told_of_with_its_ports()
    {
        await using ApiRig rig = await ApiRig.StartAsync(Config);

        JsonElement guest = (await rig.GetAsync("/v1/guests"))[0];
        Assert.Equal("vm0", guest.GetProperty("name").GetString());
        Assert.Equal(rig["vm0.sock"], guest.GetProperty("socketPath").GetString());
        Assert.False(guest.GetProperty("isConnected").GetBoolean());
        Assert.Equal(31, guest.GetProperty("maxPorts").GetInt32());
        JsonElement[] ports = [.. guest.GetProperty("ports").EnumerateArray()];
        Assert.Equal(["", "b", "a"], ports.Select(p => p.GetProperty("name").GetString()));
        Assert.Equal([0, 1, 3], ports.Select(p => p.GetProperty("id").GetInt32()));
        Assert.Equal("driver", ports[2].GetProperty("waits").GetString());
        Assert.Equal($"unix:{rig["a.sock"]}", ports[2].GetProperty("backend").GetString());
        Assert.Equal(rig["a.sock"], ports[2].GetProperty("address").GetString());
        Assert.Equal(1000, ports[2].GetProperty("limits").GetProperty("toHost").GetProperty("bytesPerSecond").GetInt64());
        Assert.Equal(80, ports[0].GetProperty("size").GetProperty("columns").GetInt32());
    }

    [Theory]
    [InlineData("a", 3)]
    [InlineData("3", 3)]
    [InlineData("console", 0)]
    [InlineData("0", 0)]
    public async Task A_port_is_found_by_name_and_number_and_a_console_as_console(string name, int id)
    {
        await using ApiRig rig = await ApiRig.StartAsync(Config);
        Assert.Equal(id, (await rig.GetAsync($"{Ports}/{name}")).GetProperty("id").GetInt32());
    }

    [Fact]
    public async Task Names_that_look_escaped_are_found_as_they_are()
    {
        await using ApiRig rig = await ApiRig.StartAsync("""{ "guests": [ { "name": "%2F", "socketPath": "FOLDER/v.sock", "ports": [ { "name": "%2f", "backend": "null" } ] } ] }""");
        string path = $"/v1/guests/{Uri.EscapeDataString("%2F")}/ports/{Uri.EscapeDataString("%2f")}";
        Assert.Equal(1, (await rig.GetAsync(path)).GetProperty("id").GetInt32());
        (int status, _, _) = await rig.SendAsync("DELETE", path);
        Assert.Equal(204, status);
    }

    [Fact]
    public async Task A_guest_without_a_name_is_found_by_its_sockets_path()
    {
        await using ApiRig rig = await ApiRig.StartAsync(Config);
        string path = Uri.EscapeDataString(rig["nameless.sock"]);
        Assert.Equal(rig["nameless.sock"], (await rig.GetAsync($"/v1/guests/{path}")).GetProperty("name").GetString());
    }

    [Fact]
    public async Task An_added_port_is_where_Location_says_until_it_is_removed()
    {
        await using ApiRig rig = await ApiRig.StartAsync(Config);

        (int status, JsonElement port, HttpResponseMessage response) = await rig.SendAsync("POST", Ports, $$"""{"name": "org.example.new+0", "backend": "unix:{{rig["new.sock"]}}", "limits": {"toGuest": {"messagesPerSecond": 5 } } }""");
        Assert.Equal(201, status);
        Assert.Equal(2, port.GetProperty("id").GetInt32());
        string location = response.Headers.Location!.ToString();
        Assert.Equal(port.ToString(), (await rig.GetAsync(location)).ToString());
        using (var client = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified))
        {
            await client.ConnectAsync(new UnixDomainSocketEndPoint(rig["new.sock"]));
        }

        Assert.Equal(204, (await rig.SendAsync("DELETE", location)).Status);
        Assert.Equal(404, (await rig.SendAsync("GET", location)).Status);
        Assert.False(File.Exists(rig["new.sock"]));
    }

    [Fact]
    public async Task Limits_are_set_and_taken_away()
    {
        await using ApiRig rig = await ApiRig.StartAsync(Config);

        Assert.Equal(204, (await rig.SendAsync("PUT", $"{Ports}/b/limits", """{"toHost": {"bytesPerSecond": 5, "messagesPerSecond": 7}}""")).Status);
        Assert.Equal(5, rig.Guests.Guests[0].Find("b")!.Port.Limits.ToHost.BytesPerSecond);
        Assert.Equal(7, (await rig.GetAsync($"{Ports}/b")).GetProperty("limits").GetProperty("toHost").GetProperty("messagesPerSecond").GetInt64());
        Assert.Equal(204, (await rig.SendAsync("PUT", $"{Ports}/b/limits", "null")).Status);
        Assert.Equal(0, rig.Guests.Guests[0].Find("b")!.Port.Limits.ToHost.BytesPerSecond);
        Assert.Equal(JsonValueKind.Null, (await rig.GetAsync($"{Ports}/b")).GetProperty("limits").ValueKind);
    }

    [Fact]
    public async Task A_consoles_size_is_set()
    {
        await using ApiRig rig = await ApiRig.StartAsync(Config);
        Assert.Equal(204, (await rig.SendAsync("PUT", $"{Ports}/console/size", """{"columns": 132, "rows": 50}""")).Status);
        Assert.Equal("""{"columns":132,"rows":50}""", (await rig.GetAsync($"{Ports}/console")).GetProperty("size").GetRawText());
    }

    [Fact]
    public async Task A_disconnected_client_reads_the_end_and_the_next_is_let_in()
    {
        await using ApiRig rig = await ApiRig.StartAsync(Config);
        using Socket first = await ConnectAsync(rig["a.sock"]);
        await Eventually.IsAsync(() => rig.Guests.Guests[0].Find("a")!.Port.IsHostOpen, "the first client's connection");

        Assert.Equal(204, (await rig.SendAsync("POST", $"{Ports}/a/disconnect")).Status);
        Assert.Equal(0, await first.ReceiveAsync(new byte[1]).WaitAsync(Eventually.Patience));
        using Socket next = await ConnectAsync(rig["a.sock"]);
        await Eventually.IsAsync(() => rig.Guests.Guests[0].Find("a")!.Port.IsHostOpen, "the next client's connection");
    }

    [Fact]
    public async Task Five_hundred_and_eleven_ports_are_one_answer()
    {
        var config = new StringBuilder("{ \"guests\": [");
        for (int guest = 0, port = 0; port < 511; guest++)
        {
            config.Append(guest > 0 ? "," : "").Append($"{{ \"name\": \"vm{guest}\", \"socketPath\": \"FOLDER/{guest}.sock\", \"maxPorts\": 127, \"ports\": [");
            for (int i = 0; i < 126 && port < 511; i++, port++)
            {
                config.Append(i > 0 ? "," : "").Append($"{{ \"name\": \"org.example.{port}\", \"backend\": \"null\" }}");
            }

            config.Append("] }");
        }

        await using ApiRig rig = await ApiRig.StartAsync(config.Append("] }").ToString());

        JsonElement guests = await rig.GetAsync("/v1/guests");
        Assert.Equal(
            Enumerable.Range(0, 511).Select(i => $"org.example.{i}"),
            guests.EnumerateArray().SelectMany(g => g.GetProperty("ports").EnumerateArray()).Select(p => p.GetProperty("name").GetString()));
    }

    [Fact]
    public async Task Requests_at_the_same_time_are_made_one_after_the_other()
    {
        await using ApiRig rig = await ApiRig.StartAsync(Config);
        (int Status, JsonElement, HttpResponseMessage)[] answers = await Task.WhenAll(Enumerable.Range(0, 40).Select(i => rig.SendAsync("POST", Ports, """{"name": "same", "backend": "echo"}""")));
        Assert.Single(answers, a => a.Status == 201);
        Assert.Equal(39, answers.Count(a => a.Status == 409));
    }

    private static async Task<Socket> ConnectAsync(string path)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(new UnixDomainSocketEndPoint(path));
        return socket;
    }
}
