using System.Net.Sockets;
using FastRing.EndToEnd.Documents;
using FastRing.Host.Guests;
using FastRing.Qemu;

namespace FastRing.EndToEnd;

/// <summary><c>fastring serve</c> with two ports, and a Linux guest under QEMU on its device.</summary>
internal sealed class QemuRig : IAsyncDisposable
{
    public const string EchoPort = "org.example.echo.0";
    public const string StreamPort = "org.example.stream.0";

    private static readonly Lazy<Task<QemuPackages>> s_packages = new(() => QemuPackages.PrepareAsync(_ => { }));

    private readonly TemporaryFolder _folder = new();
    private Daemon? _daemon;

    /// <summary>QEMU and the guests' kernel; fetched when the user's cache has none.</summary>
    public static Task<QemuPackages> Packages => s_packages.Value;

    public QemuGuest Guest { get; private set; } = null!;

    /// <summary>Boots the guest.</summary>
    public static Task<QemuRig> StartAsync(QemuIommu iommu = QemuIommu.None) => StartAsync(rig => rig.BootAsync(iommu));

    /// <summary>Boots a guest whose device is a PCI card, by vfio-user.</summary>
    public static Task<QemuRig> StartCardAsync() => StartAsync(rig => rig.BootWithCardAsync());

    /// <summary>A program on the host's side of the port that is not an echo.</summary>
    public Task<NetworkStream> ConnectAsync() => HostClients.ConnectAsync(_folder["stream.sock"]);

    /// <summary>Runs a command in the guest and expects it to succeed.</summary>
    public async Task<string> RunAsync(string command)
    {
        CommandResult result = await Guest.RunAsync(command, GuestRig.Patience);
        Assert.True(result.ExitCode == 0, $"'{command}' ended with {result.ExitCode}: {result.Output}");
        return result.Output.Trim();
    }

    public async ValueTask DisposeAsync()
    {
        await (Guest?.DisposeAsync() ?? ValueTask.CompletedTask);
        _daemon?.Dispose();
        _folder.Dispose();
    }

    private static async Task<QemuRig> StartAsync(Func<QemuRig, Task> boot)
    {
        var rig = new QemuRig();
        try
        {
            await boot(rig);
            return rig;
        }
        catch
        {
            await rig.DisposeAsync();
            throw;
        }
    }

    private async Task BootWithCardAsync()
    {
        string socket = _folder["vfio.sock"];
        _daemon = await Daemon.StartAsync(
            ["serve", "--vfio-user", socket, "--memory-seals", "require", "--max-ports", "4", "--port", $"{EchoPort}=echo", "--port", $"{StreamPort}=unix:{_folder["stream.sock"]}"]);
        Guest = await QemuGuest.StartAsync(await Packages, new QemuGuestOptions
        {
            WaitPorts = [EchoPort, StreamPort],
            Devices = DocumentedQemu.Devices("vfio-user-pci", socket, without: "-chardev"),
        });
        DocumentedQemu.AssertStartedAs("vfio-user-pci", "-chardev", Guest.ProcessId);
        await Guest.WaitReadyAsync(3 * GuestRig.Patience);
    }

    private async Task BootAsync(QemuIommu iommu)
    {
        bool behindIommu = iommu == QemuIommu.Intel;
        (string device, string without) = behindIommu ? ("intel-iommu", "vfio-user") : ("vhost-user-test-device-pci", "intel-iommu");
        string socket = _folder["vhost.sock"];
        _daemon = await Daemon.StartAsync(
            [
                "serve", "--socket-path", socket, "--memory-seals", "require", "--max-ports", "4", "--port", $"{EchoPort}=echo", "--port", $"{StreamPort}=unix:{_folder["stream.sock"]}",
                "--access-platform", iommu == QemuIommu.None ? "off" : "on",
            ]);
        Guest = await QemuGuest.StartAsync(await Packages, new QemuGuestOptions
        {
            WaitPorts = [EchoPort, StreamPort],
            KernelArguments = behindIommu ? ["intel_iommu=on", "iommu=nopt"] : [],
            Devices = DocumentedQemu.Devices(device, socket, without),
        });
        DocumentedQemu.AssertStartedAs(device, without, Guest.ProcessId);
        await Guest.WaitReadyAsync(3 * GuestRig.Patience);
    }
}
