using System.Globalization;
using System.Text.RegularExpressions;

namespace FastRing.Perf;

/// <summary>Counts what two polling threads ask of the kernel.</summary>
internal static partial class SystemCalls
{
    private const int Million = 1_000_000;
    private const int Messages = 2 * Million;
    private const int Attempts = 12;

    /// <summary>
    /// System calls per million messages: the difference of a long run and one twice as long. Whether a thread happens to sleep at the start or the end of
    /// a run makes a few calls of difference, on a busy machine nearly always, so the least of several attempts counts; what polling itself asks is in all of them.
    /// </summary>
    /// <exception cref="IOException">There is no strace, or it failed.</exception>
    public static double PerMillionMessages(WorkloadProgram program, string ring)
    {
        double least = double.MaxValue;
        for (int i = 0; i < Attempts && least > 0; i++)
        {
            least = Math.Min(least, Math.Max(0, Count(program, ring, 2 * Messages) - Count(program, ring, Messages)));
        }

        return least / (Messages / Million);
    }

    private static double Count(WorkloadProgram program, string ring, int messages)
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("fastring-strace-");
        try
        {
            string counts = Path.Combine(folder.FullName, "counts");
            Shell.Run(
                folder.FullName,
                "strace",
                "-f", "-c", "-o", counts, program.Path, "ring", "--ring", ring, "--wait", "pause", "--warm", "0", "--runs", "1",
                "--messages", messages.ToString(CultureInfo.InvariantCulture));
            return double.Parse(Total().Match(File.ReadAllText(counts)).Groups["calls"].Value, CultureInfo.InvariantCulture);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    // "100.00    0.021341          12      1713        34 total"; the number of errors may be missing.
    [GeneratedRegex(@"^\s*[\d.]+\s+[\d.]+\s+\d+\s+(?<calls>\d+)\s+(\d+\s+)?total", RegexOptions.Multiline)]
    private static partial Regex Total();
}
