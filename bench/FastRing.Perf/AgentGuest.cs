using FastRing.Console;
using FastRing.Console.Endpoints;
using FastRing.Host.Guests;
using FastRing.Interop;
using FastRing.VhostUser.Backend;
using FastRing.Workers;

namespace FastRing.Perf;

/// <summary>A Linux guest with the QEMU guest agent behind a port, whose host's end is a unix socket.</summary>
internal sealed class AgentGuest : IAsyncDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("fastring-perf-");
    private readonly Worker _worker;
    private readonly ConsoleDevice _device;
    private readonly VhostUserBackend _backend;
    private UmlGuest? _guest;

    private AgentGuest()
    {
        _worker = new Worker("device", static fault => Environment.FailFast("the worker failed", fault));
        _device = new ConsoleDevice(_worker, new ConsoleOptions { MaxPorts = 2, Ports = [new PortOptions(GuestFiles.AgentPort, new UnixListenEndpoint(AgentSocket))] });
        _backend = new VhostUserBackend(_worker, _device, UnixSocket.Listen(DeviceSocket), "bench");
    }

    /// <summary>The host's end of the agent's port.</summary>
    public string AgentSocket => Path.Combine(_folder.FullName, "agent.sock");

    private string DeviceSocket => Path.Combine(_folder.FullName, "vhost.sock");

    /// <summary>Boots it.</summary>
    public static async Task<AgentGuest> StartAsync()
    {
        GuestRoot root = await GuestRoot.PrepareAsync(await GuestPackages.FindAsync());
        var started = new AgentGuest();
        await started._device.StartAsync();
        started._backend.Start();
        started._guest = UmlGuest.Start(root, new UmlGuestOptions
        {
            DeviceSockets = [started.DeviceSocket],
            Processor = CpuAffinity.Get()[^1],
            WaitPorts = [GuestFiles.AgentPort],
            LoggedInUser = null,
        });
        await started._guest.WaitReadyAsync(s_patience);
        return started;
    }

    public async ValueTask DisposeAsync()
    {
        if (_guest is not null)
        {
            await _guest.DisposeAsync();
        }

        _backend.Dispose();
        _device.Dispose();
        _worker.Dispose();
        _folder.Delete(recursive: true);
    }
}
