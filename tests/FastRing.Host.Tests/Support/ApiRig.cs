using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using FastRing.Host.Management;
using FastRing.Host.Serving;
using Microsoft.Extensions.Logging.Abstractions;

namespace FastRing.Host.Tests.Support;

/// <summary>The daemon's guests and management API in this process, and a client of it.</summary>
internal sealed class ApiRig : IAsyncDisposable
{
    private readonly TemporaryFolder _folder;
    private readonly ManagementServer _server;

    private ApiRig(TemporaryFolder folder, ServedGuests guests, EventFeed events, ManagementServer server)
    {
        _folder = folder;
        _server = server;
        Guests = guests;
        Events = events;
        Client = new HttpClient(new SocketsHttpHandler { ConnectCallback = async (_, ended) => await ConnectAsync(ended) }) { BaseAddress = new Uri("http://localhost"), Timeout = Eventually.Patience };
    }

    public ServedGuests Guests { get; }

    public EventFeed Events { get; }

    public HttpClient Client { get; }

    public string this[string file] => _folder[file];

    /// <summary>Serves the configuration, in which FOLDER stands for the rig's folder.</summary>
    public static async Task<ApiRig> StartAsync(string config)
    {
        var folder = new TemporaryFolder();
        Write(folder, config);
        var api = new ApiConfig { SocketPath = folder["api.sock"] };
        ConfigFile file = ConfigFile.Load(folder["guests.json"]);
        var events = new EventFeed();
        ManagementServer server = ManagementServer.Listen(api);
        ServedGuests guests = ServedGuests.Open(file.Guests, NullLogger.Instance, events);
        await guests.StartAsync();
        var access = new ApiAccess(api);
        await server.StartAsync(guests, events, access, new Reload(folder["guests.json"], api, file.Sandbox, file.Metrics, guests, access, events, NullLogger.Instance), NullLoggerFactory.Instance);
        return new ApiRig(folder, guests, events, server);
    }

    /// <summary>Replaces the configuration file.</summary>
    public void Write(string config) => Write(_folder, config);

    public async Task<Stream> ConnectAsync(CancellationToken ended = default)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(new UnixDomainSocketEndPoint(_folder["api.sock"]), ended);
        return new NetworkStream(socket, ownsSocket: true);
    }

    /// <summary>Makes a request and reads the answer.</summary>
    public async Task<(int Status, JsonElement Body, HttpResponseMessage Response)> SendAsync(string method, string path, string? json = null, string type = "application/json")
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        request.Content = json is null ? null : new StringContent(json, Encoding.UTF8, type);
        HttpResponseMessage response = await Client.SendAsync(request);
        string body = await response.Content.ReadAsStringAsync();
        return ((int)response.StatusCode, body.Length == 0 ? default : JsonDocument.Parse(body).RootElement, response);
    }

    public async Task<JsonElement> GetAsync(string path)
    {
        (int status, JsonElement body, _) = await SendAsync("GET", path);
        Assert.Equal(200, status);
        return body;
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _server.DisposeAsync();
        Guests.Dispose();
        await Events.DisposeAsync();
        _folder.Dispose();
    }

    private static void Write(TemporaryFolder folder, string config) => File.WriteAllText(folder["guests.json"], config.Replace("FOLDER", folder.FullName, StringComparison.Ordinal));
}
