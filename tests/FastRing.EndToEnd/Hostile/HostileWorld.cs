using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text.Json;
using FastRing.DriverKit;
using FastRing.Host.Guests;
using FastRing.Interop;
using FastRing.VhostUser.Frontend;
using FastRing.VhostUser.Tests.Support;

namespace FastRing.EndToEnd.Hostile;

/// <summary>The real daemon with two guests on one worker: one that is attacked, and a Linux with a program that echoes, which must notice nothing.</summary>
public sealed class HostileWorld : IAsyncLifetime
{
    private const string Config =
        """
        { "guests": [
            { "name": "attacked", "socketPath": "FOLDER/attacked.sock", "maxPorts": 4, "cpu": 0, "console": "null", "ports": [
                { "name": "echo", "backend": "echo" }, { "name": "unix", "backend": "unix:FOLDER/unix.sock" }, { "name": "hub", "backend": "hub:FOLDER/hub.sock" } ] },
            { "name": "neighbour", "socketPath": "FOLDER/neighbour.sock", "maxPorts": 2, "cpu": 0, "console": "null", "ports": [ { "name": "canary", "backend": "unix:FOLDER/canary.sock" } ] } ],
          "api": { "socketPath": "FOLDER/api.sock" } }
        """;

    private ManagedDaemon _daemon = null!;
    private HttpClient _api = null!;
    private NetworkStream _canary = null!;

    internal Daemon Daemon => _daemon.Daemon;

    internal string this[string file] => _daemon[file];

    public async ValueTask InitializeAsync()
    {
        _daemon = await ManagedDaemon.StartAsync(Config);
        await _daemon.BootAsync("neighbour.sock", "canary");
        _canary = await HostClients.ConnectAsync(_daemon["canary.sock"]);
        await _daemon.RunAsync($"(exec 3<>{GuestRig.Links}/canary; cat <&3 >&3) >/dev/null 2>&1 &");
        _api = new HttpClient(new SocketsHttpHandler { ConnectCallback = async (_, _) => await HostClients.ConnectAsync(_daemon["api.sock"]) })
        {
            BaseAddress = new Uri("http://localhost"),
            Timeout = GuestRig.Patience,
        };
        await EchoAsync();
    }

    public async ValueTask DisposeAsync()
    {
        _api?.Dispose();
        _canary?.Dispose();
        if (_daemon is not null)
        {
            await _daemon.DisposeAsync();
        }
    }

    /// <summary>A VMM that says what it likes.</summary>
    internal RawFrontend ConnectRaw() => new(UnixSocket.Connect(this["attacked.sock"]));

    /// <summary>A VMM that negotiated what is offered of these features.</summary>
    internal FrontendSession OpenSession(ulong features = ulong.MaxValue) => new(VhostUserFrontend.Connect(this["attacked.sock"]), 1 << 20, features);

    /// <summary>A VMM that comes when its turn is, is answered and goes.</summary>
    internal void Visit()
    {
        using RawFrontend frontend = ConnectRaw();
        frontend.AssertAlive();
    }

    /// <summary>Boots a Linux where the attacks went, and has it use a port.</summary>
    internal async Task<string> UseAttackedAsync()
    {
        await using UmlGuest linux = UmlGuest.Start(await GuestImage.Root, new UmlGuestOptions { DeviceSockets = [this["attacked.sock"]], WaitPorts = ["echo"] });
        await linux.WaitReadyAsync(GuestRig.Patience);
        return (await linux.RunAsync($"exec 3<>{GuestRig.Links}/echo; echo as good as new >&3; head -n 1 <&3", GuestRig.Patience)).Output;
    }

    /// <summary>Sends random bytes through the neighbour's port and has them back.</summary>
    internal async Task EchoAsync()
    {
        byte[] sent = new byte[4096];
        Random.Shared.NextBytes(sent);
        await _canary.WriteAsync(sent);
        byte[] back = await _canary.ReadAsync(sent.Length);
        Assert.True(sent.AsSpan().SequenceEqual(back), "the neighbour's bytes came back as others");
    }

    /// <summary>The attacked guest's counters, and whether a VMM is connected.</summary>
    internal async Task<(Dictionary<string, ulong> Counters, bool IsConnected)> LookAsync()
    {
        JsonElement guest = await _api.GetFromJsonAsync<JsonElement>("/v1/guests/attacked");
        var counters = guest.GetProperty("rejectedMessages").EnumerateObject().ToDictionary(p => p.Name, p => p.Value.GetUInt64());
        foreach (string name in (string[])["malformedControl", "brokenQueues", "lostMemories"])
        {
            counters[name] = guest.GetProperty(name).GetUInt64();
        }

        return (counters, guest.GetProperty("isConnected").GetBoolean());
    }

    internal Footprint Footprint() => Hostile.Footprint.Of(Daemon.ProcessId);
}
