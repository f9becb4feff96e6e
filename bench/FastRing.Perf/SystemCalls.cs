using System.Globalization;
using System.Text.RegularExpressions;

namespace FastRing.Perf;

/// <summary>Counts what two polling threads ask of the kernel.</summary>
internal static partial class SystemCalls
{
    private const int Million = 1_000_000;
    private const int Messages = 2 * Million;
    private const int Attempts = 12;
    private const int Confirmations = 2;

    /// <summary>
    /// System calls per million messages: what a run twice as long makes more. Whether a thread happens to sleep at the start or the end of a run makes a few
    /// calls more, on a busy machine nearly always, but never fewer: so the least of several runs of each length counts, seen as often as confirms it. (The least
    /// difference would be 0 as soon as one short run had bad luck, whatever the long ones make.) What polling itself asks is in all of them.
    /// </summary>
    /// <exception cref="IOException">There is no strace, or it failed.</exception>
    public static double PerMillionMessages(WorkloadProgram program, string ring)
    {
        var few = new Least();
        var many = new Least();
        for (int i = 0; i < Attempts && !(few.Seen >= Confirmations && many.Seen >= Confirmations); i++)
        {
            few.Add(Count(program, ring, Messages));
            many.Add(Count(program, ring, 2 * Messages));
        }

        return Math.Max(0, many.Value - few.Value) / (Messages / Million);
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

    /// <summary>The least of some values, and how often it came.</summary>
    private sealed class Least
    {
        public double Value { get; private set; } = double.MaxValue;

        public int Seen { get; private set; }

        public void Add(double value)
        {
            Seen = value == Value ? Seen + 1 : value < Value ? 1 : Seen;
            Value = Math.Min(Value, value);
        }
    }
}
