using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;

namespace FastRing.Host.Guests;

/// <summary>
/// The processes of one user-mode Linux kernel: a process group of their own. A second, tiny process, the reaper, waits for its
/// standard input to close, which happens on dispose and also when this program is killed, and then kills that whole group.
/// </summary>
internal sealed class GuestProcess : IAsyncDisposable
{
    // Killing only the kernel would leave its helper processes behind. Signals from a terminal are not for the reaper.
    private const string ReaperScript =
        "trap '' INT TERM HUP QUIT; read -r _; kill -s KILL -- \"-$1\" \"$1\" 2>/dev/null; rm -rf -- \"$2\"";

    // No core file when the guest panics; one stream for all that the kernel says.
    private const string KernelScript = "ulimit -c 0; exec \"$@\" 2>&1";

    private readonly Process _kernel;
    private readonly Process _reaper;
    private int _reaped;

    private GuestProcess(Process kernel, Process reaper)
    {
        _kernel = kernel;
        _reaper = reaper;
        _kernel.Exited += (_, _) => Reap();
        // Raises Exited at once if it already did. The group is killed while its id cannot yet have been reused.
        _kernel.EnableRaisingEvents = true;
    }

    /// <summary>The kernel's process.</summary>
    public int Id => _kernel.Id;

    /// <summary>The guest's first console, to it.</summary>
    public Stream Input => _kernel.StandardInput.BaseStream;

    /// <summary>The guest's first console, from it.</summary>
    public Stream Output => _kernel.StandardOutput.BaseStream;

    /// <summary>Starts <paramref name="kernel"/>; <paramref name="folder"/> is deleted when it has ended.</summary>
    /// <param name="kernel">The path of linux.uml.</param>
    /// <param name="words">Its kernel command line.</param>
    /// <param name="memoryFolder">Where it makes the (unnamed) file that is the guest's memory.</param>
    /// <param name="processor">The only processor it may use, or null.</param>
    /// <param name="folder">The guest's own temporary folder.</param>
    /// <exception cref="GuestException">It could not be started.</exception>
    public static GuestProcess Start(string kernel, IEnumerable<string> words, string memoryFolder, int? processor, string folder)
    {
        string[] pin = processor is { } number ? ["taskset", "-c", number.ToString(CultureInfo.InvariantCulture)] : [];
        ProcessStartInfo start = Shell(KernelScript, ["setsid", .. pin, kernel, .. words]);
        start.RedirectStandardOutput = true;
        start.Environment["TMPDIR"] = memoryFolder;
        Process process = Run(start);
        try
        {
            string id = process.Id.ToString(CultureInfo.InvariantCulture);
            return new GuestProcess(process, Run(Shell(ReaperScript, [id, folder])));
        }
        catch (GuestException)
        {
            process.Kill();
            throw;
        }
    }

    /// <summary>Waits for the kernel to end.</summary>
    /// <returns>Its exit code: 0 after a shutdown, 128 + n when signal n ended it (134 after a panic).</returns>
    public async Task<int> WaitExitAsync(CancellationToken cancellationToken)
    {
        await _kernel.WaitForExitAsync(cancellationToken).ConfigureAwait(false);
        return _kernel.ExitCode;
    }

    /// <summary>Kills all of the guest's processes and waits until they are gone.</summary>
    public async ValueTask DisposeAsync()
    {
        Reap();
        await _reaper.WaitForExitAsync().ConfigureAwait(false);
        await _kernel.WaitForExitAsync().ConfigureAwait(false);
        _reaper.Dispose();
        _kernel.Dispose();
    }

    private void Reap()
    {
        if (Interlocked.Exchange(ref _reaped, 1) == 0)
        {
            _reaper.StandardInput.Close();
        }
    }

    private static ProcessStartInfo Shell(string script, IEnumerable<string> arguments) =>
        new("/bin/sh", ["-c", script, "fastring-guest", .. arguments]) { RedirectStandardInput = true };

    private static Process Run(ProcessStartInfo start)
    {
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
