using System.Globalization;
using System.Text.RegularExpressions;

namespace FastRing.Perf;

/// <summary>Counts instructions: the one figure of a loop that is the same on a busy machine.</summary>
internal sealed partial class Callgrind : IDisposable
{
    private const int Rounds = 500;
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("fastring-callgrind-");
    private readonly string _program;

    /// <exception cref="IOException">There is no strip.</exception>
    public Callgrind(WorkloadProgram program)
    {
        // valgrind 3.19 dies of the debug information of newer compilers, also of what it finds by a link.
        _program = Path.Combine(_folder.FullName, "workloads");
        Shell.Run(_folder.FullName, "strip", "-g", "-R", ".gnu_debuglink", "-o", _program, program.Path);
    }

    /// <summary>Instructions of one chain. Two runs, one twice as long as the other, and the difference: start-up falls out.</summary>
    /// <exception cref="IOException">There is no valgrind, or it failed.</exception>
    public double InstructionsPerChain(IEnumerable<string> workload) =>
        (Count(workload, 2 * Rounds) - Count(workload, Rounds)) / (Rounds * (double)ChainCase.RoundChains);

    public void Dispose() => _folder.Delete(recursive: true);

    private double Count(IEnumerable<string> workload, int rounds)
    {
        string output = Shell.Run(
            _folder.FullName,
            "valgrind",
            [
                "--tool=callgrind", "--callgrind-out-file=/dev/null", _program,
                .. workload, "--warm", "0", "--samples", "1", "--rounds", rounds.ToString(CultureInfo.InvariantCulture),
            ]);
        return double.Parse(Collected().Match(output).Groups["count"].Value, CultureInfo.InvariantCulture);
    }

    [GeneratedRegex(@"Collected : (?<count>\d+)")]
    private static partial Regex Collected();
}
