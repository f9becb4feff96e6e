using System.Globalization;
using FastRing.Console;
using FastRing.Console.Endpoints;
using FastRing.Console.Ports;
using FastRing.Console.Spec;
using FastRing.Host.Keeping;
using FastRing.Host.Management;
using FastRing.Host.Sandbox;
using FastRing.Interop;
using FastRing.Queues;
using FastRing.VfioUser;
using FastRing.VhostUser.Backend;
using FastRing.Workers;
using Microsoft.Extensions.Logging;

namespace FastRing.Host.Serving;

/// <summary>One guest: its device, its host endpoints and the socket its VMM connects to.</summary>
internal sealed class ServedGuest : IDisposable
{
    private static readonly TimeSpan LongestReceiveDelay = TimeSpan.FromMicroseconds(100);

    private readonly ConsoleDevice _device;
    private readonly IDeviceServer _backend;
    private readonly UnixListener? _listener;
    private volatile IReadOnlyList<ServedPort> _ports;

    private ServedGuest(GuestConfig config, ConsoleDevice device, IDeviceServer backend, UnixListener? listener, IReadOnlyDictionary<string, IHostEndpoint> endpoints)
    {
        Config = config;
        _device = device;
        _backend = backend;
        _listener = listener;
        _ports = [.. GuestDevice.Ports(config)
            .Select(p => new ServedPort(p, p.Name.Length > 0 ? device.FindPort(p.Name)! : device.Ports.First(d => d.IsConsole), endpoints[p.Name])).OrderBy(p => p.Port.Id)];
    }

    /// <summary>What it was made of. Its ports may be others by now: see <see cref="Ports"/>.</summary>
    public GuestConfig Config { get; }

    public ConsoleDevice Device => _device;

    public IDeviceServer Backend => _backend;

    /// <summary>What would make it as it is now, with the ports it has now.</summary>
    public GuestConfig CurrentConfig => Config with
    {
        Console = _ports.FirstOrDefault(p => p.Port.IsConsole)?.Config.Backend,
        Ports = [.. _ports.Where(p => !p.Port.IsConsole).Select(p => p.Config with { Id = p.Port.Id })],
    };

    /// <summary>The ports there are now, by number. Any thread.</summary>
    public IReadOnlyList<ServedPort> Ports => _ports;

    /// <summary>Completes when a guest that came over a connected socket is gone.</summary>
    public Task Ended => _backend.Ended;

    /// <summary>Opens everything the guest needs, or nothing. The configuration was checked.</summary>
    /// <exception cref="UsageException">Something can't be had; the member is a path within the guest.</exception>
    public static ServedGuest Open(GuestConfig config, GuestPolicies policies, Worker worker, ILogger logger, EventFeed? events, KeeperLink? keeper)
    {
        if (keeper is not null && config.IsVfioUser)
        {
            throw new UsageException($"{config.ErrorPrefix}{GuestConfig.VfioUserIsNotKept}") { Member = "protocol" };
        }

        (OwnedFd socket, UnixListener? listener) = keeper is null ? OpenSocket(config) : (keeper.Open(config), null);
        var endpoints = new Dictionary<string, IHostEndpoint>();
        try
        {
            // Files last: what a failure can't take back is a file it made.
            foreach (PortConfig port in GuestDevice.Ports(config).OrderBy(p => p.Backend.StartsWith("file:", StringComparison.Ordinal)))
            {
                endpoints.Add(port.Name, OpenBackend(config, port));
            }

            var device = new ConsoleDevice(worker, GuestDevice.Of(config, p => endpoints[p.Name]), logger);
            AuditLog.Keep(device, config.DisplayName, logger);
            IDeviceServer served = ServerOf(config, policies, worker, device, socket, logger, keeper);
            if (events is not null)
            {
                string name = config.DisplayName;
                device.PortChanged += e => events.Tell(name, e);
                served.ConnectionChanged += isConnected => events.Tell(name, isConnected ? "connected" : "disconnected");
            }

            return new ServedGuest(config, device, served, listener, endpoints);
        }
        catch
        {
            endpoints.Values.ToList().ForEach(e => e.Dispose());
            socket.Dispose();
            listener?.Dispose();
            throw;
        }
    }

    public async Task StartAsync()
    {
        await _device.StartAsync();
        await GatherReceiveNotificationsAsync();
        _backend.Start();
    }

    /// <summary>The port of that name, else number; <see cref="ServedPort.ConsoleName"/>: the console. Any thread.</summary>
    public ServedPort? Find(string name)
    {
        IReadOnlyList<ServedPort> ports = _ports;
        return ports.FirstOrDefault(p => p.DisplayName == name)
            ?? (int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out int id) ? ports.FirstOrDefault(p => p.Port.Id == id) : null);
    }

    /// <summary>Gives the guest a port more. The configuration was checked. Whoever calls holds <see cref="ServedGuests.Changes"/>.</summary>
    /// <exception cref="UsageException">Its host's end can't be had.</exception>
    /// <exception cref="ArgumentException">Its name or number is taken.</exception>
    /// <exception cref="InvalidOperationException">All numbers are taken.</exception>
    public async Task<ServedPort> AddPortAsync(PortConfig config)
    {
        IHostEndpoint endpoint = Open(Config, config);
        try
        {
            Port port = await _device.AddPortAsync(GuestDevice.PortOf(Config, config, endpoint));
            var served = new ServedPort(config, port, endpoint);
            _ports = [.. _ports.Append(served).OrderBy(p => p.Port.Id)];
            return served;
        }
        catch
        {
            await _device.Worker.InvokeAsync(endpoint.Dispose); // It may have begun to work.
            throw;
        }
    }

    /// <summary>Takes a port from the guest. Whoever calls holds <see cref="ServedGuests.Changes"/>.</summary>
    public async Task RemovePortAsync(ServedPort port)
    {
        _ports = [.. _ports.Where(p => p.Port != port.Port)];
        await _device.RemovePortAsync(port.Port);
    }

    /// <summary>Changes what may pass a port. Whoever calls holds <see cref="ServedGuests.Changes"/>.</summary>
    /// <param name="port">The port.</param>
    /// <param name="limits">Null: anything.</param>
    /// <exception cref="UsageException">A figure is none.</exception>
    public async Task SetLimitsAsync(ServedPort port, LimitsConfig? limits)
    {
        PortConfig config = port.Config with { Limits = limits is { ToHost: null, ToGuest: null } ? null : limits };
        await port.Port.SetLimitsAsync(GuestDevice.LimitsOf(Config, config));
        _ports = [.. _ports.Select(p => p.Port == port.Port ? p with { Config = config } : p)];
    }

    public void Dispose()
    {
        _backend.Dispose();
        _device.Dispose();
        _listener?.Dispose();
    }

    private static IDeviceServer ServerOf(GuestConfig config, GuestPolicies policies, Worker worker, ConsoleDevice device, OwnedFd socket, ILogger logger, KeeperLink? keeper) => config.IsVfioUser
        ? new VfioUserServer(worker, device, socket, config.DisplayName, logger)
        {
            Coalescing = policies.Coalescing,
            LookDelay = policies.LookDelay,
            MemorySeals = policies.MemorySeals,
        }
        : new VhostUserBackend(worker, device, socket, config.DisplayName, logger)
        {
            Coalescing = policies.Coalescing,
            LookDelay = policies.LookDelay,
            MemorySeals = policies.MemorySeals,
            TakesConnections = keeper is not null,
        };

    /// <summary>
    /// A guest's readers wait for what it receives: where its notifications are gathered, these are so only while they come thick and fast, and for a
    /// moment. Nobody waits for buffers it has sent, until it has none left.
    /// </summary>
    private async Task GatherReceiveNotificationsAsync()
    {
        NotificationCoalescing gathered = _backend.Coalescing;
        if (gathered.IsImmediate)
        {
            return;
        }

        TimeSpan delay = gathered.MaxDelay < LongestReceiveDelay ? gathered.MaxDelay : LongestReceiveDelay;
        foreach (int queue in Enumerable.Range(0, _device.QueueCount).Where(q => !QueueMap.IsTransmit(q)))
        {
            await _backend.SetCoalescingAsync(NotificationCoalescing.Adaptive(gathered.MaxBuffers, delay), queue);
        }
    }

    private static IHostEndpoint OpenBackend(GuestConfig config, PortConfig port)
    {
        try
        {
            return Open(config, port);
        }
        catch (UsageException e)
        {
            throw e.Within(GuestCheck.PlaceOf(config, port.Name));
        }
    }

    /// <exception cref="UsageException">It can't be had; the member is the port's.</exception>
    private static IHostEndpoint Open(GuestConfig config, PortConfig port)
    {
        try
        {
            var backend = Serving.Backend.Parse(port.Backend);
            return DaemonSandbox.MayConnect || !SandboxFiles.Connects(backend.Kind) ? backend.Open() : throw new IOException("with --isolate a port may connect only if the configuration had one that does when the daemon started");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new UsageException($"{config.ErrorPrefix}port '{port.Name}' ({port.Backend}): {DaemonSandbox.Explain(e)}") { Member = "backend" };
        }
    }

    private static (OwnedFd Socket, UnixListener? Listener) OpenSocket(GuestConfig config)
    {
        try
        {
            if (config.Fd is { } fd)
            {
                return (InheritedSocket.Take(fd), null);
            }

            var listener = new UnixListener(config.SocketPath!);
            return (listener.Fd, listener);
        }
        catch (Exception e) when (e is IOException or ArgumentException)
        {
            throw new UsageException($"{(config.Fd is { } fd ? $"--fd {fd}" : config.SocketPath)}: {DaemonSandbox.Explain(e)}") { Member = "socketPath" };
        }
    }
}
