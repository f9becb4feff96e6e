using FastRing.Console;
using FastRing.Console.Endpoints;
using FastRing.Console.Spec;
using FastRing.Interop;
using FastRing.Queues;
using FastRing.VhostUser.Backend;
using FastRing.Workers;
using Microsoft.Extensions.Logging;

namespace FastRing.Host.Serving;

/// <summary>One guest: its device, its host endpoints and the vhost-user socket its VMM connects to.</summary>
internal sealed class ServedGuest : IDisposable
{
    /// <summary>The kick and call messages have 8 bits for the queue, and a port takes two: ports 0 to 126 (vhost-user, "Message types").</summary>
    private const int VhostUserPorts = 126;

    private static readonly TimeSpan LongestReceiveDelay = TimeSpan.FromMicroseconds(100);

    private readonly ConsoleDevice _device;
    private readonly VhostUserBackend _backend;
    private readonly UnixListener? _listener;

    private ServedGuest(GuestConfig config, ConsoleDevice device, VhostUserBackend backend, UnixListener? listener)
    {
        Config = config;
        _device = device;
        _backend = backend;
        _listener = listener;
    }

    public GuestConfig Config { get; }

    public ConsoleDevice Device => _device;

    public VhostUserBackend Backend => _backend;

    /// <summary>Completes when a guest that came over a connected socket is gone.</summary>
    public Task Ended => _backend.Ended;

    /// <summary>Opens everything the guest needs, or nothing.</summary>
    /// <exception cref="UsageException">Something can't be had.</exception>
    public static ServedGuest Open(GuestConfig config, NotificationCoalescing coalescing, Worker worker, ILogger logger)
    {
        List<(PortConfig Port, Backend Backend)> wanted = Check(config);
        (OwnedFd socket, UnixListener? listener) = OpenSocket(config);
        var endpoints = new Dictionary<string, IHostEndpoint>();
        try
        {
            // Files last: what a failure can't take back is a file it made.
            foreach ((PortConfig port, Backend backend) in wanted.OrderBy(w => w.Backend.Kind == "file"))
            {
                endpoints.Add(port.Name, Open(config, port, backend));
            }

            var device = new ConsoleDevice(worker, GuestDevice.Of(config, p => endpoints[p.Name]), logger);
            var served = new VhostUserBackend(worker, device, socket, config.DisplayName, logger) { Coalescing = coalescing };
            return new ServedGuest(config, device, served, listener);
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

    public void Dispose()
    {
        _backend.Dispose();
        _device.Dispose();
        _listener?.Dispose();
    }

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

    /// <summary>What the guest's ports are to be, before any of it is opened.</summary>
    private static List<(PortConfig Port, Backend Backend)> Check(GuestConfig config)
    {
        PortConfig? unnamed = config.Ports.FirstOrDefault(p => p.Name.Length == 0);
        List<(PortConfig Port, Backend Backend)> wanted = [.. GuestDevice.Ports(config).Select(p => (p, ParseBackend(config, p)))];
        using var none = new NullEndpoint();
        string? why = unnamed is not null
            ? $"a port has no name (backend {unnamed.Backend})"
            : GuestDevice.Of(config, _ => none).WhyInvalid();
        if (config.Name is { } guest && PortName.WhyInvalid(guest) is not null)
        {
            why ??= "a guest's name has 1 to 100 printable ASCII characters without space and '/'";
        }

        if (wanted.Count(w => w.Port.Name.Length > 0) > VhostUserPorts)
        {
            why ??= $"vhost-user numbers 256 queues: {VhostUserPorts} named ports and a console";
        }

        if (config.Ports.FirstOrDefault(p => p.Id > VhostUserPorts) is { } far)
        {
            why ??= $"port '{far.Name}': vhost-user reaches numbers up to {VhostUserPorts}, not {far.Id}";
        }

        if (config is { ConsoleSize: not null, Console: null })
        {
            why ??= "a console size goes with a console";
        }

        // No file, so no mode either: every local user could connect.
        IEnumerable<string?> listened = wanted.Where(w => w.Backend.Kind == "unix").Select(w => w.Backend.Path).Append(config.SocketPath);
        if (listened.FirstOrDefault(p => p?.StartsWith('@') == true) is { } name)
        {
            why ??= $"{name} is an abstract socket, which has no permissions; give a path";
        }

        return why is null ? wanted : throw new UsageException(config.ErrorPrefix + why);
    }

    private static Backend ParseBackend(GuestConfig config, PortConfig port)
    {
        try
        {
            return Serving.Backend.Parse(port.Backend);
        }
        catch (UsageException e)
        {
            throw new UsageException($"{config.ErrorPrefix}port '{port.Name}': {e.Message}");
        }
    }

    private static IHostEndpoint Open(GuestConfig config, PortConfig port, Backend backend)
    {
        try
        {
            return backend.Open();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new UsageException($"{config.ErrorPrefix}port '{port.Name}' ({backend}): {UsageException.Plain(e)}");
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
            throw new UsageException($"{(config.Fd is { } fd ? $"--fd {fd}" : config.SocketPath)}: {UsageException.Plain(e)}");
        }
    }
}
