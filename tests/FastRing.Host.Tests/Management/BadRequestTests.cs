using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using FastRing.Host.Tests.Support;

namespace FastRing.Host.Tests.Management;

/// <summary>What is wrong with a request is a problem detail that names it, and changes nothing.</summary>
public sealed class BadRequestTests(BadRequestTests.OneDaemon shared) : IClassFixture<BadRequestTests.OneDaemon>
{
    private const string Ports = "/v1/guests/vm0/ports";
    private const string A = Ports + "/a";

    /// <summary>One daemon for all of them: none may do it any harm.</summary>
    public sealed class OneDaemon : IAsyncLifetime
    {
        internal ApiRig Rig { get; private set; } = null!;

        public async ValueTask InitializeAsync() => Rig = await ApiRig.StartAsync(
            """
            { "guests": [ { "name": "vm0", "socketPath": "FOLDER/vm0.sock", "maxPorts": 4, "console": "null",
                "ports": [ { "name": "a", "backend": "unix:FOLDER/a.sock", "id": 1 }, { "name": "b", "backend": "echo" } ] },
              { "name": "full", "socketPath": "FOLDER/full.sock", "maxPorts": 2, "ports": [ { "name": "only", "backend": "stdio" } ] } ] }
            """);

        public ValueTask DisposeAsync() => Rig.DisposeAsync();
    }

    [Theory]
    [InlineData(404, "GET", "/", null, "there is no GET /")]
    [InlineData(404, "GET", "/v2/guests", null, "/v2/guests")]
    [InlineData(404, "GET", "/v1/guests/vm7", null, "no guest 'vm7'")]
    [InlineData(404, "GET", "/v1/guests/vm7/ports", null, "no guest 'vm7'")]
    [InlineData(404, "GET", Ports + "/zz", null, "guest 'vm0' has no port 'zz'")]
    [InlineData(404, "GET", Ports + "/99", null, "'99'")]
    [InlineData(404, "GET", "/v1/guests/full/ports/console", null, "'console'")]
    [InlineData(404, "GET", "/v1/events?guest=vm7", null, "no guest 'vm7'")]
    [InlineData(404, "DELETE", Ports + "/zz", null, "'zz'")]
    [InlineData(404, "POST", Ports + "/zz/disconnect", null, "'zz'")]
    [InlineData(404, "PUT", Ports + "/zz/limits", "{}", "'zz'")]
    [InlineData(404, "GET", Ports + "/%2e%2e%2f%2e%2e", null, "no port '../..'")]
    [InlineData(405, "DELETE", "/v1/guests", null, "only GET")]
    [InlineData(405, "PUT", Ports, "{}", "only GET, POST")]
    [InlineData(405, "GET", A + "/disconnect", null, "only POST")]
    [InlineData(400, "POST", Ports, "", "")]
    [InlineData(400, "POST", Ports, "null", "body is missing")]
    [InlineData(400, "POST", Ports, "{", "the body: ")]
    [InlineData(400, "POST", Ports, "[]", "the body: ")]
    [InlineData(400, "POST", Ports, "{\"name\": \"x\"}", "backend")]
    [InlineData(400, "POST", Ports, "{\"backend\": \"echo\"}", "name")]
    [InlineData(400, "POST", Ports, "{\"name\": \"x\", \"backend\": \"echo\", \"colour\": 1}", "'colour' is not known here")]
    [InlineData(400, "POST", Ports, "{\"name\": \"x\", \"backend\": null}", "backend")]
    [InlineData(400, "POST", Ports, "{\"name\": \"x\", \"name\": \"y\", \"backend\": \"echo\"}", "name")]
    [InlineData(400, "POST", Ports, "{\"name\": \"x\", \"backend\": \"echo\", \"id\": \"3\"}", "id: must be ")]
    [InlineData(400, "POST", Ports, "{\"name\": \"x\", \"backend\": \"echo\", \"id\": 99999999999}", "id: must be ")]
    [InlineData(400, "PUT", A + "/limits", "{\"toHost\": {\"bytes\": 1}}", "'bytes' is not known here")]
    [InlineData(400, "PUT", A + "/limits", "{\"toHost\": {\"bytesPerSecond\": 1.5}}", "toHost.bytesPerSecond: must be ")]
    [InlineData(400, "PUT", Ports + "/console/size", "{\"columns\": 80}", "rows")]
    [InlineData(400, "PUT", Ports + "/console/size", "{\"columns\": 80, \"rows\": 70000}", "rows: must be a whole number from 0 to 65535")]
    [InlineData(422, "POST", Ports, "{\"name\": \"\", \"backend\": \"echo\"}", "a port has no name")]
    [InlineData(422, "POST", Ports, "{\"name\": \"x/y\", \"backend\": \"echo\"}", "'x/y'")]
    [InlineData(422, "POST", Ports, "{\"name\": \"x\", \"backend\": \"carrier-pigeon\"}", "carrier-pigeon")]
    [InlineData(422, "POST", Ports, "{\"name\": \"x\", \"backend\": \"echo\", \"id\": 4}", "0 to 3")]
    [InlineData(422, "POST", Ports, "{\"name\": \"x\", \"backend\": \"echo\", \"id\": 0}", "reserved for a console")]
    [InlineData(422, "POST", Ports, "{\"name\": \"x\", \"backend\": \"echo\", \"limits\": {\"toHost\": {\"bytesPerSecond\": 0}}}", "1 or more bytes a second")]
    [InlineData(422, "PUT", A + "/limits", "{\"toGuest\": {\"messagesPerSecond\": -1}}", "1 or more messages a second")]
    [InlineData(422, "PUT", Ports + "/console/size", "{\"columns\": 0, \"rows\": 24}", "1 or more columns")]
    [InlineData(409, "POST", Ports, "{\"name\": \"a\", \"backend\": \"echo\"}", "port name 'a' is taken")]
    [InlineData(409, "POST", Ports, "{\"name\": \"x\", \"backend\": \"echo\", \"id\": 1}", "number 1 is taken, by 'a'")]
    [InlineData(409, "POST", Ports, "{\"name\": \"x\", \"backend\": \"unix:/nowhere/x.sock\"}", "port 'x' (unix:/nowhere/x.sock)")]
    [InlineData(409, "POST", Ports, "{\"name\": \"x\", \"backend\": \"stdio\"}", "stdio can be the backend of one port only")]
    [InlineData(409, "POST", "/v1/guests/full/ports", "{\"name\": \"x\", \"backend\": \"echo\"}", "all 2 port numbers are taken")]
    [InlineData(409, "PUT", A + "/size", "{\"columns\": 80, \"rows\": 24}", "port 'a' is no console")]
    [InlineData(409, "GET", A + "/output", null, "port 'a'")]
    [InlineData(409, "GET", "/v1/guests/vm0/agent/ping", null, "backend agent")]
    [InlineData(409, "POST", "/v1/guests/vm0/agent/exec", "{\"path\": \"/bin/true\"}", "backend agent")]
    [InlineData(400, "POST", "/v1/guests/vm0/agent/exec", "{\"arguments\": []}", "path")]
    [InlineData(422, "POST", "/v1/guests/vm0/agent/exec", "{\"path\": \"\"}", "a program to run has a path")]
    [InlineData(422, "POST", "/v1/guests/vm0/agent/exec", "{\"path\": \"x\", \"timeoutSeconds\": 0}", "1 to 600 seconds, not 0")]
    [InlineData(422, "POST", "/v1/guests/vm0/agent/exec", "{\"path\": \"x\", \"environment\": [\"A\"]}", "'A' is no NAME=VALUE")]
    [InlineData(422, "POST", "/v1/guests/vm0/agent/suspend?mode=coma", "", "unknown mode 'coma'")]
    public async Task A_bad_request_is_a_problem_that_names_what_is_wrong(int status, string method, string path, string? json, string expected)
    {
        string before = await shared.Rig.Client.GetStringAsync("/v1/guests");

        (int seen, JsonElement problem, HttpResponseMessage response) = await shared.Rig.SendAsync(method, path, json);

        Assert.Equal(status, seen);
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
        Assert.Equal(status, problem.GetProperty("status").GetInt32());
        Assert.NotEmpty(problem.GetProperty("title").GetString()!);
        string detail = problem.GetProperty("detail").GetString()!;
        Assert.Contains(expected, detail, StringComparison.Ordinal);
        Assert.DoesNotContain("FastRing.", detail, StringComparison.Ordinal);
        Assert.DoesNotContain("System.", detail, StringComparison.Ordinal);
        Assert.Equal(before, await shared.Rig.Client.GetStringAsync("/v1/guests"));
    }

    [Fact]
    public async Task A_body_that_is_no_JSON_by_its_type_is_415()
    {
        (int status, JsonElement problem, _) = await shared.Rig.SendAsync("POST", Ports, "name=x", "application/x-www-form-urlencoded");
        Assert.Equal(415, status);
        Assert.Contains("Content-Type: application/json", problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_body_of_an_unknown_charset_is_415()
    {
        using var body = new ByteArrayContent("{}"u8.ToArray());
        body.Headers.Add("Content-Type", "application/json; charset=zz");
        using HttpResponseMessage response = await shared.Rig.Client.PostAsync(Ports, body);
        Assert.Equal(HttpStatusCode.UnsupportedMediaType, response.StatusCode);
        Assert.Contains("UTF-8 is expected", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_body_larger_than_64_KiB_is_413()
    {
        (int status, JsonElement problem, _) = await shared.Rig.SendAsync("POST", Ports, $$"""{"name": "{{new string('x', 70_000)}}", "backend": "echo"}""");
        Assert.Equal(413, status);
        Assert.Contains("65536", problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task JSON_nested_deeper_than_anything_known_is_400()
    {
        (int status, _, _) = await shared.Rig.SendAsync("POST", Ports, new string('[', 5000));
        Assert.Equal(400, status);
    }

    [Fact]
    public async Task A_last_event_that_is_no_number_is_400()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/events");
        request.Headers.Add("Last-Event-ID", "yesterday");
        using HttpResponseMessage response = await shared.Rig.Client.SendAsync(request);
        Assert.Equal(400, (int)response.StatusCode);
    }

    [Theory]
    [InlineData("nonsense\r\n\r\n", "400")]
    [InlineData("GET /v1/version\r\n\r\n", "400")]
    [InlineData("GET /v1/version HTTP/1.1\r\nno colon\r\nHost: x\r\n\r\n", "400")]
    [InlineData("GET /v1/version HTTP/1.1\r\n\r\n", "400")]
    [InlineData("POST /v1/guests/vm0/ports HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: -5\r\n\r\n", "400")]
    public async Task What_is_no_HTTP_is_turned_away(string request, string status)
    {
        using Stream stream = await shared.Rig.ConnectAsync();
        await stream.WriteAsync(Encoding.ASCII.GetBytes(request));
        string answer = await ReadAsync(stream);
        Assert.StartsWith("HTTP/1.1 " + status, answer, StringComparison.Ordinal);
        await shared.Rig.GetAsync("/v1/version");
    }

    [Fact]
    public async Task Headers_without_end_are_turned_away()
    {
        using Stream stream = await shared.Rig.ConnectAsync();
        await stream.WriteAsync(Encoding.ASCII.GetBytes($"GET /v1/version HTTP/1.1\r\nHost: x\r\nX: {new string('x', 20_000)}\r\n\r\n"));
        Assert.StartsWith("HTTP/1.1 431", await ReadAsync(stream), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Clients_that_connect_and_say_nothing_keep_nobody_out_for_long()
    {
        var idle = new List<Stream>();
        for (int i = 0; i < 200; i++)
        {
            idle.Add(await shared.Rig.ConnectAsync()); // More than are served at once: the server closes what is over.
        }

        idle.ForEach(s => s.Dispose());
        await Eventually.IsAsync(() => shared.Rig.SendAsync("GET", "/v1/version").ContinueWith(t => t.IsCompletedSuccessfully && t.Result.Status == 200).Result, "an answer");
    }

    private static async Task<string> ReadAsync(Stream stream)
    {
        byte[] buffer = new byte[4096];
        int read = await stream.ReadAsync(buffer).AsTask().WaitAsync(Eventually.Patience);
        return Encoding.ASCII.GetString(buffer, 0, read);
    }
}
