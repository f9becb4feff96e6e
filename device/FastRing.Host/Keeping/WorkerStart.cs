using System.Globalization;
using System.Text;
using FastRing.Host.Sandbox;
using FastRing.Interop;
using FastRing.Workers;

namespace FastRing.Host.Keeping;

/// <summary>Starts workers: the program this process runs, or another version of it, with the same arguments.</summary>
internal sealed class WorkerStart
{
    /// <summary>What the service manager says to this process, and to no other.</summary>
    private static readonly string[] s_own = ["NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID", "LISTEN_PID"];

    private readonly string[] _arguments = Encoding.UTF8.GetString(File.ReadAllBytes("/proc/self/cmdline"))[..^1].Split('\0'); // Each ends with a zero.
    private readonly Dictionary<string, string> _environment = [];

    /// <param name="hasDiagnostics">Workers may be looked into; the keeper itself may not, and had its runtime told so.</param>
    public WorkerStart(bool hasDiagnostics)
    {
        foreach (System.Collections.DictionaryEntry variable in Environment.GetEnvironmentVariables())
        {
            if (!s_own.Contains((string)variable.Key) && !(hasDiagnostics && (string)variable.Key == DaemonSandbox.Diagnostics))
            {
                _environment[(string)variable.Key] = (string?)variable.Value ?? "";
            }
        }
    }

    /// <summary>What workers run.</summary>
    public string Program { get; set; } = Environment.ProcessPath!;

    /// <summary>Starts one.</summary>
    /// <param name="worker">The keeper's loop.</param>
    /// <param name="program">What it runs.</param>
    /// <param name="configs">The configurations of the first worker and of the last, if there were any.</param>
    /// <exception cref="IOException">It can't be started.</exception>
    public KeptProcess Run(Worker worker, string program, params IEnumerable<OwnedFd?> configs)
    {
        (OwnedFd mine, OwnedFd its) = UnixSocket.Pair();
        try
        {
            OwnedFd[] inherited = [its, .. configs.OfType<OwnedFd>()];
            _environment[KeeperLink.Variable] = string.Join(':', inherited.Select(fd => fd.Fd.ToString(CultureInfo.InvariantCulture)));
            return new KeptProcess(worker, ChildProcess.Start(program, [program, .. _arguments[1..]], _environment, inherited), mine, program);
        }
        catch
        {
            mine.Dispose();
            throw;
        }
        finally
        {
            its.Dispose();
        }
    }
}
