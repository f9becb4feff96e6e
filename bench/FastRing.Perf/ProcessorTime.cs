using System.Globalization;

namespace FastRing.Perf;

/// <summary>What processes and threads of this machine spent.</summary>
internal static class ProcessorTime
{
    /// <summary>Seconds that a process's threads have run, to the nanosecond (/proc/PID/task/TID/schedstat); those that have ended are not counted.</summary>
    /// <param name="process">Its id.</param>
    /// <param name="without">Begin of the names of threads that do not count; null: all do.</param>
    public static double SecondsOf(int process, string? without = null)
    {
        double seconds = 0;
        foreach (string thread in Directory.GetDirectories($"/proc/{process}/task"))
        {
            seconds += SecondsOf(thread, without);
        }

        return seconds;
    }

    private static double SecondsOf(string thread, string? without)
    {
        try
        {
            bool counts = without is null || !File.ReadAllText(Path.Combine(thread, "comm")).StartsWith(without, StringComparison.Ordinal);
            return counts ? double.Parse(File.ReadAllText(Path.Combine(thread, "schedstat")).Split(' ')[0], CultureInfo.InvariantCulture) / 1e9 : 0;
        }
        catch (IOException)
        {
            return 0; // It has ended meanwhile.
        }
    }
}
