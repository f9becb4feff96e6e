using System.Globalization;
using FastRing.Workloads;

namespace FastRing.Perf;

/// <summary>Counts what two polling threads ask of the kernel.</summary>
internal static class SystemCalls
{
    private const int Million = 1_000_000;
    private const int Messages = 2 * Million;
    private const int Threads = 2;

    /// <summary>System calls per million messages, of both threads, each from the begin of its loop to the end: whether one sleeps before or after is no message's.</summary>
    /// <exception cref="IOException">There is no strace, or it failed.</exception>
    public static double PerMillionMessages(WorkloadProgram program, string ring)
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("fastring-strace-");
        try
        {
            string trace = Path.Combine(folder.FullName, "trace");
            Shell.Run(
                folder.FullName,
                "strace",
                "-f", "-o", trace, program.Path, "ring", "--ring", ring, "--wait", "pause", "--warm", "0", "--runs", "1", "--marks",
                "--messages", Messages.ToString(CultureInfo.InvariantCulture));
            return Count(File.ReadLines(trace)) / (double)(Messages / Million);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    /// <summary>A line begins with the thread: "4242 futex(...) = 0"; of a call that another's interrupts there are two, "futex(... &lt;unfinished ...>" and "&lt;... futex resumed>".</summary>
    private static int Count(IEnumerable<string> trace)
    {
        var calls = new Dictionary<string, int>();
        int ended = 0;
        int total = 0;
        foreach (string line in trace.Where(line => !line.Contains("resumed>", StringComparison.Ordinal)))
        {
            string thread = line[..line.IndexOf(' ', StringComparison.Ordinal)];
            if (line.Contains(TraceMarks.Begin, StringComparison.Ordinal))
            {
                calls[thread] = 0;
            }
            else if (line.Contains(TraceMarks.End, StringComparison.Ordinal))
            {
                calls.Remove(thread, out int between);
                total += between;
                ended++;
            }
            else if (calls.TryGetValue(thread, out int before))
            {
                calls[thread] = before + 1;
            }
        }

        return ended == Threads && calls.Count == 0 ? total : throw new IOException($"the trace shows {ended} loops, not {Threads}");
    }
}
