using System.Globalization;

namespace FastRing.Perf;

/// <summary>What processes and threads of this machine spent.</summary>
internal static class ProcessorTime
{
    /// <summary>Seconds that a process's threads have run, to the nanosecond (/proc/PID/task/TID/schedstat); those that have ended are not counted.</summary>
    /// <param name="process">Its id.</param>
    /// <param name="without">Begin of the names of threads that do not count; null: all do.</param>
    public static double SecondsOf(int process, string? without = null) =>
        SecondsOf(process, name => without is null || !name.StartsWith(without, StringComparison.Ordinal));

    /// <summary>The same of those whose names begin so.</summary>
    public static double SecondsOfThreads(int process, string names) => SecondsOf(process, name => name.StartsWith(names, StringComparison.Ordinal));

    private static double SecondsOf(int process, Func<string, bool> counts)
    {
        double seconds = 0;
        foreach (string thread in Directory.GetDirectories($"/proc/{process}/task"))
        {
            seconds += SecondsOf(thread, counts);
        }

        return seconds;
    }

    private static double SecondsOf(string thread, Func<string, bool> counts)
    {
        try
        {
            return counts(File.ReadAllText(Path.Combine(thread, "comm")))
                ? double.Parse(File.ReadAllText(Path.Combine(thread, "schedstat")).Split(' ')[0], CultureInfo.InvariantCulture) / 1e9
                : 0;
        }
        catch (IOException)
        {
            return 0; // It has ended meanwhile.
        }
    }
}
