using System.Diagnostics;
using System.Runtime.CompilerServices;
using FastRing.Console;
using FastRing.Console.Ports;
using FastRing.Host.Guests;
using FastRing.Host.Serving;
using Microsoft.Extensions.Logging.Abstractions;

namespace FastRing.EndToEnd;

/// <summary>A device as <c>fastring serve</c> makes it, in this process, with a real Linux guest attached to it.</summary>
internal sealed class GuestRig : IAsyncDisposable
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(240);

    /// <summary>Where the guest has its ports by name.</summary>
    public const string Links = "/dev/virtio-ports";

    private readonly TemporaryFolder _folder;
    private readonly ServedGuests _served;

    private GuestRig(TemporaryFolder folder, ServedGuests served)
    {
        _folder = folder;
        _served = served;
    }

    public ServedGuest Served => _served.Guests[0];

    public ConsoleDevice Device => Served.Device;

    /// <summary>The port of that name.</summary>
    public Port Port(string name) => Device.FindPort(name)!;

    public UmlGuest Linux { get; private set; } = null!;

    public string this[string file] => _folder[file];

    /// <summary>Serves the configuration, in which FOLDER stands for the rig's folder, and boots Linux on it.</summary>
    public static async Task<GuestRig> StartAsync(GuestConfig config, Func<UmlGuestOptions, UmlGuestOptions>? change = null)
    {
        GuestRig rig = await ServeAsync(config);
        try
        {
            await rig.BootAsync(change);
            return rig;
        }
        catch
        {
            await rig.DisposeAsync();
            throw;
        }
    }

    /// <summary>Serves without a guest.</summary>
    public static async Task<GuestRig> ServeAsync(GuestConfig config)
    {
        var folder = new TemporaryFolder();
        GuestConfig placed = config with
        {
            SocketPath = folder["vhost.sock"],
            Console = config.Console?.Replace("FOLDER", folder.FullName, StringComparison.Ordinal),
            Ports = [.. config.Ports.Select(p => p with { Backend = p.Backend.Replace("FOLDER", folder.FullName, StringComparison.Ordinal) })],
        };
        ServedGuests served = ServedGuests.Open([placed], NullLogger.Instance);
        await served.StartAsync();
        return new GuestRig(folder, served);
    }

    /// <summary>Boots a Linux on the device; another one may have ended before.</summary>
    public async Task BootAsync(Func<UmlGuestOptions, UmlGuestOptions>? change = null, TimeSpan? patience = null)
    {
        var options = new UmlGuestOptions
        {
            DeviceSockets = [_folder["vhost.sock"]],
            WaitPorts = [.. Served.Config.Ports.Select(p => p.Name)],
            RunAgent = false,
            LoggedInUser = null,
        };
        GuestRoot root = await GuestImage.Root;
        Linux = UmlGuest.Start(root, change is null ? options : change(options));
        await Linux.WaitReadyAsync(patience ?? Patience);
    }

    /// <summary>Runs a command in the guest and expects it to succeed.</summary>
    public async Task<string> RunAsync(string command)
    {
        CommandResult result = await Linux.RunAsync(command, Patience);
        Assert.True(result.ExitCode == 0, $"'{command}' ended with {result.ExitCode}: {result.Output}\n{Linux.ConsoleText}");
        return result.Output.TrimEnd('\n');
    }

    /// <summary>Has a program in the guest write random bytes to a port and expects them back.</summary>
    public Task AssertEchoesAsync(string port, int blockBytes, int mebibytes = 1) => AssertEchoesBlocksAsync(port, blockBytes, mebibytes * 64);

    /// <summary>The same with so many times 16 KiB.</summary>
    public async Task AssertEchoesBlocksAsync(string port, int blockBytes, int blocks)
    {
        await RunAsync($"dd if=/dev/urandom of=/tmp/sent bs=16k count={blocks} 2>/dev/null");
        await RunAsync(
            $"""
            exec 3<>{Links}/{port}
            dd of=/tmp/received bs=16k count={blocks} iflag=fullblock <&3 2>/dev/null &
            dd if=/tmp/sent ibs=16k obs={blockBytes} >&3 2>/dev/null
            wait
            cmp /tmp/sent /tmp/received
            """);
    }

    /// <summary>Waits in the guest until a condition of its shell's <c>[</c> holds.</summary>
    public Task WaitAsync(string condition) =>
        RunAsync($"i=0; until [ {condition} ]; do i=$((i + 1)); [ $i -le 2000 ] || exit 1; usleep 10000; done");

    /// <summary>Waits until the host's side has come so far.</summary>
    public static async Task UntilAsync(Func<bool> condition, [CallerArgumentExpression(nameof(condition))] string what = "")
    {
        long start = Stopwatch.GetTimestamp();
        while (!condition())
        {
            Assert.True(Stopwatch.GetElapsedTime(start) < Patience, $"it did not happen: {what}");
            await Task.Delay(1);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (Linux is not null)
        {
            await Linux.DisposeAsync();
        }

        _served.Dispose();
        _folder.Dispose();
    }
}
