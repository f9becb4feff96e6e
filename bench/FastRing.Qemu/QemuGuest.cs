using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using FastRing.Host.Guests;

namespace FastRing.Qemu;

/// <summary>
/// A Linux guest of one processor under QEMU, by binary translation: neither KVM nor root is needed. It has a shell that runs commands, and a
/// monitor. Dispose it: that kills it whatever it does.
/// </summary>
internal sealed class QemuGuest : IAsyncDisposable
{
    private readonly Process _process;
    private readonly GuestConsole _console;
    private readonly DirectoryInfo _folder;

    private QemuGuest(Process process, DirectoryInfo folder)
    {
        _process = process;
        _folder = folder;
        _console = new GuestConsole(process.StandardInput.BaseStream, process.StandardOutput.BaseStream, null);
        process.ErrorDataReceived += (_, line) => LastError = line.Data ?? LastError;
        process.BeginErrorReadLine();
    }

    public int ProcessId => _process.Id;

    /// <summary>What QEMU complained of last.</summary>
    public string LastError { get; private set; } = "";

    /// <summary>A socket on which QEMU's monitor listens (QMP).</summary>
    public string MonitorSocket => Path.Combine(_folder.FullName, "qmp.sock");

    /// <summary>Starts a guest; it boots while this returns.</summary>
    /// <exception cref="GuestException">It can't be started.</exception>
    public static async Task<QemuGuest> StartAsync(QemuPackages packages, QemuGuestOptions options)
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("fastring-qemu-");
        string image = Path.Combine(folder.FullName, "initrd");
        await QemuImage.WriteAsync(packages, image);
        string[] words =
        [
            "console=ttyS0", "quiet", "loglevel=1", "rdinit=/init", "panic=-1", "mitigations=off", "nokaslr", "tsc=reliable",
            $"fastring_ports={string.Join(',', options.WaitPorts)}", .. options.KernelArguments,
        ];
        string memory = string.Create(CultureInfo.InvariantCulture, $"{options.MemoryMiB}M");
        string[] arguments =
        [
            .. packages.Program.Skip(1), "-nodefaults", "-no-user-config", "-display", "none", "-no-reboot",
            "-name", "guest,debug-threads=on", "-machine", "q35,memory-backend=m0", "-accel", "tcg", "-cpu", "max", "-smp", "1", "-m", memory,
            "-object", $"memory-backend-memfd,id=m0,size={memory},share=on",
            "-kernel", packages.Kernel, "-initrd", image, "-append", string.Join(' ', words),
            "-chardev", "stdio,id=console,signal=off", "-device", "isa-serial,chardev=console,index=0",
            "-qmp", $"unix:{Path.Combine(folder.FullName, "qmp.sock")},server=on,wait=off",
            .. options.Devices,
        ];
        return new QemuGuest(Run(packages, arguments), folder);
    }

    /// <summary>Waits until its shell takes commands.</summary>
    /// <exception cref="GuestException">It ended or took too long.</exception>
    public async Task WaitReadyAsync(TimeSpan timeout)
    {
        try
        {
            await _console.WaitBootAsync(1).WaitAsync(timeout);
        }
        catch (Exception e) when (e is TimeoutException or GuestException)
        {
            throw _console.Failure($"the guest was not ready after {timeout.TotalSeconds:0} s; QEMU said '{LastError}'");
        }
    }

    /// <summary>Runs a command in the guest's shell, as root, in a subshell of its own.</summary>
    /// <exception cref="GuestException">Timeout, or the guest ended.</exception>
    public Task<CommandResult> RunAsync(string shellCommand, TimeSpan timeout) => _console.RunAsync(shellCommand, timeout, CancellationToken.None);

    public async ValueTask DisposeAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
        await _console.DisposeAsync();
        _process.Dispose();
        _folder.Delete(recursive: true);
    }

    private static Process Run(QemuPackages packages, IEnumerable<string> arguments)
    {
        ProcessStartInfo start = new(packages.Program[0], arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment[packages.Environment.Name] = packages.Environment.Value;
        try
        {
            return Process.Start(start)!;
        }
        catch (Win32Exception e)
        {
            throw new GuestException($"cannot start {start.FileName}: {e.Message}", e);
        }
    }
}
