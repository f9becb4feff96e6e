using System.Diagnostics;
using System.Runtime.InteropServices;

namespace FastRing.VhostUser.Tests.Support;

/// <summary>The system calls one thread of this process makes, as strace(1) sees them.</summary>
internal static class SystemCalls
{
    private const int PR_SET_PTRACER = 0x59616d61;
    private static readonly nuint PR_SET_PTRACER_ANY = nuint.MaxValue;

    /// <summary>A line for every call the only thread of that name makes while <paramref name="action"/> runs.</summary>
    public static string[] Of(string thread, Action action)
    {
        string task = ProcessState.Task(thread);
        string file = Path.GetTempFileName();
        try
        {
            _ = prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY, 0, 0, 0); // A child may look at its parent, where only parents may otherwise.
            using Process strace = Process.Start("strace", ["-qq", "-e", "signal=none", "-o", file, "-p", Path.GetFileName(task)]);
            ProcessState.Await(() => strace.HasExited || !File.ReadAllText(Path.Combine(task, "status")).Contains("TracerPid:\t0", StringComparison.Ordinal), "strace");
            Assert.False(strace.HasExited);
            action();
            Assert.Equal(0, kill(strace.Id, 2)); // SIGINT: it lets the thread go and writes everything out.
            strace.WaitForExit();
            return [.. File.ReadAllLines(file).Where(line => !line.Contains("<detached", StringComparison.Ordinal))];
        }
        finally
        {
            File.Delete(file);
        }
    }

    [DllImport("libc.so.6")]
    private static extern int prctl(int option, nuint argument2, nuint argument3, nuint argument4, nuint argument5);

    [DllImport("libc.so.6")]
    private static extern int kill(int process, int signal);
}
