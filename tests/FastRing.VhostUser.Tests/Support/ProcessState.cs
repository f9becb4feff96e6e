using System.Globalization;

namespace FastRing.VhostUser.Tests.Support;

/// <summary>What a leak would leave behind.</summary>
internal static class ProcessState
{
    /// <summary>Open sockets, eventfds, epoll instances and memfds; the files the runtime opens when it needs them don't count.</summary>
    public static int Fds => Directory.GetFiles("/proc/self/fd").Count(IsOurs);

    public static int Mappings => File.ReadLines("/proc/self/maps").Count(line => line.Contains("memfd:fastring-driver", StringComparison.Ordinal));

    /// <summary>A line of what the kernel shows of the only mapping of driver memory, in KiB.</summary>
    public static int DriverMemoryKiB(string line) => int.Parse(
        File.ReadLines("/proc/self/smaps")
            .SkipWhile(text => !text.Contains("memfd:fastring-driver", StringComparison.Ordinal))
            .First(text => text.StartsWith(line + ":", StringComparison.Ordinal))
            .Split(' ', StringSplitOptions.RemoveEmptyEntries)[1],
        CultureInfo.InvariantCulture);

    public static int Threads(string name) =>
        Directory.GetDirectories("/proc/self/task").Count(task => ReadName(task) == name);

    /// <summary>What /proc shows of the only thread of that name.</summary>
    public static string Task(string name) => Directory.GetDirectories("/proc/self/task").Single(task => ReadName(task) == name);

    /// <summary>Processor time of the only thread of that name, in clock ticks (10 ms).</summary>
    public static long CpuTicks(string name)
    {
        string[] fields = File.ReadAllText(Path.Combine(Task(name), "stat")).Split(") ")[1].Split(' ');
        return long.Parse(fields[11], CultureInfo.InvariantCulture) + long.Parse(fields[12], CultureInfo.InvariantCulture); // utime, stime
    }

    /// <summary>Waits for something that must come about.</summary>
    public static void Await(Func<bool> condition, string what)
    {
        long end = Environment.TickCount64 + 10_000;
        while (!condition())
        {
            Assert.True(Environment.TickCount64 < end, $"never came about: {what}");
            Thread.Sleep(1);
        }
    }

    /// <summary>Descriptors that a relay may have kept by the end of a test: one of each kind.</summary>
    private const int Remembered = 4;

    /// <summary>Runs <paramref name="action"/>; as many descriptors as before must be open some time after it.</summary>
    public static void AssertNoFdLeak(Action action)
    {
        int before = Fds + (BackendFixture.IsRelayed ? Remembered : 0);
        action();
        Await(() => Fds <= before, $"{before} descriptors, but {Fds} are open");
    }

    private static bool IsOurs(string fd)
    {
        try
        {
            string target = new FileInfo(fd).LinkTarget ?? "";
            return target.StartsWith("socket:", StringComparison.Ordinal)
                || target.StartsWith("anon_inode:", StringComparison.Ordinal)
                || target.StartsWith("/memfd:", StringComparison.Ordinal);
        }
        catch (IOException)
        {
            return false; // Closed in the meantime.
        }
    }

    private static string ReadName(string task)
    {
        try
        {
            return File.ReadAllText(Path.Combine(task, "comm")).Trim();
        }
        catch (IOException)
        {
            return ""; // Ended in the meantime.
        }
    }
}
