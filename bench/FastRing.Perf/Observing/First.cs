using System.Diagnostics;
using System.Globalization;

namespace FastRing.Perf.Observing;

/// <summary>Threads that come before all others of the machine (SCHED_FIFO): as if they had processors of their own, where there are fewer than threads that work.</summary>
internal static class First
{
    public static int CurrentThread => Number(File.ResolveLinkTarget("/proc/thread-self", returnFinalTarget: false)!.FullName);

    /// <summary>Those of a process that are tied to one processor.</summary>
    /// <exception cref="IOException">There is none, or it may not be asked for.</exception>
    public static void MakeTied(int process, int cpu)
    {
        string tied = string.Create(CultureInfo.InvariantCulture, $"\nCpus_allowed_list:\t{cpu}\n");
        bool isAny = false;
        foreach (string task in Directory.GetDirectories(string.Create(CultureInfo.InvariantCulture, $"/proc/{process}/task")))
        {
            if (File.ReadAllText(Path.Combine(task, "status")).Contains(tied, StringComparison.Ordinal))
            {
                Make(Number(task));
                isAny = true;
            }
        }

        if (!isAny)
        {
            throw new IOException(string.Create(CultureInfo.InvariantCulture, $"no thread of process {process} is tied to processor {cpu}"));
        }
    }

    /// <exception cref="IOException">It may not be asked for.</exception>
    public static void Make(int thread)
    {
        using var chrt = Process.Start("chrt", ["--fifo", "--pid", "1", thread.ToString(CultureInfo.InvariantCulture)]);
        chrt.WaitForExit();
        if (chrt.ExitCode != 0)
        {
            throw new IOException("chrt --fifo failed: it needs CAP_SYS_NICE");
        }
    }

    private static int Number(string task) => int.Parse(Path.GetFileName(task), CultureInfo.InvariantCulture);
}
