using System.Diagnostics;
using FastRing.Console;
using FastRing.Console.Endpoints;
using FastRing.Console.Ports;
using FastRing.Host.Guests;
using FastRing.Interop;
using FastRing.Queues;
using FastRing.VhostUser.Backend;
using FastRing.Workers;

namespace FastRing.Perf;

/// <summary>A Linux guest with one port to a device in this process that takes everything.</summary>
internal sealed class CoalescingGuest : IAsyncDisposable
{
    /// <summary>What is written in one go.</summary>
    public const long WriteBytes = 128 << 20;

    private const int BlockBytes = 32 << 10;
    private const string Name = "stream";
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("fastring-perf-");
    private readonly Worker _worker;
    private readonly ConsoleDevice _device;
    private readonly VhostUserBackend _backend;
    private UmlGuest? _guest;

    private CoalescingGuest()
    {
        _worker = new Worker("device", static fault => Environment.FailFast("the worker failed", fault), CpuAffinity.Get()[0]);
        _device = new ConsoleDevice(_worker, new ConsoleOptions { MaxPorts = 2, Ports = [new PortOptions(Name, new NullEndpoint())] });
        _backend = new VhostUserBackend(_worker, _device, UnixSocket.Listen(Socket), "bench");
    }

    private string Socket => Path.Combine(_folder.FullName, "vhost.sock");

    private Port Port => _device.FindPort(Name)!;

    /// <summary>Boots it.</summary>
    public static async Task<CoalescingGuest> StartAsync()
    {
        GuestRoot root = await GuestRoot.PrepareAsync(await GuestPackages.FindAsync());
        var started = new CoalescingGuest();
        await started._device.StartAsync();
        started._backend.Start();
        started._guest = UmlGuest.Start(root, new UmlGuestOptions
        {
            DeviceSockets = [started.Socket],
            Processor = CpuAffinity.Get()[^1],
            WaitPorts = [Name],
            RunAgent = false,
            LoggedInUser = null,
        });
        await started._guest.WaitReadyAsync(s_patience);
        return started;
    }

    /// <summary>Has the guest write, with its notifications gathered so.</summary>
    public async Task<GuestWrites> WriteAsync(NotificationCoalescing coalescing)
    {
        await _backend.SetCoalescingAsync(coalescing);
        ulong bytes = Port.Counters.BytesToHost;
        VirtqueueCounters counters = Port.TransmitCounters!;
        double notifications = counters.Notifications;
        Task<CommandResult> command = _guest!.RunAsync($"dd if=/dev/zero of=/dev/virtio-ports/{Name} bs={BlockBytes} count={WriteBytes / BlockBytes}", s_patience);
        double seconds = await TimeAsync(bytes);
        CommandResult result = await command;
        return result.ExitCode == 0
            ? new GuestWrites(WriteBytes / (double)(1 << 20) / seconds, (counters.Notifications - notifications) * 1000 * BlockBytes / WriteBytes)
            : throw new IOException($"in the guest, dd failed: {result.Output.Trim()}");
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

    /// <summary>Seconds from the first bytes that come to the last.</summary>
    private async Task<double> TimeAsync(ulong before)
    {
        var waited = Stopwatch.StartNew();
        long start = 0;
        for (ulong passed = 0; passed < WriteBytes;)
        {
            await Task.Delay(1);
            passed = Port.Counters.BytesToHost - before;
            start = start == 0 && passed > 0 ? Stopwatch.GetTimestamp() : start;
            if (waited.Elapsed > s_patience)
            {
                throw new IOException($"the guest wrote {passed} bytes only");
            }
        }

        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }
}
