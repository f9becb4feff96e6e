using System.CommandLine;
using System.ComponentModel;
using System.Globalization;
using Spectre.Console;

namespace FastRing.Perf.Comparing;

/// <summary><c>compare</c>: whether a commit is slower than another.</summary>
internal static class CompareCommand
{
    /// <summary>How long the program that runs just then may take after an interrupt: only then are the work trees removed.</summary>
    public static readonly TimeSpan TimeToEnd = TimeSpan.FromMinutes(5);

    private const int Rounds = 12;
    private const int QuickRounds = 8;
    private const int MostRounds = 200;

    public static Command Create()
    {
        Argument<string> first = new("A") { Description = "The commit before: any revision git knows." };
        Argument<string> second = new("B") { Description = "The commit after." };
        Option<string[]> benches = new("--bench") { Description = "Only loops of these benches.", AllowMultipleArgumentsPerToken = true, DefaultValueFactory = _ => [] };
        benches.AcceptOnlyFromAmong([.. ComparedLoop.All.Select(l => l.Bench).Distinct()]);
        Option<int?> rounds = new("--rounds") { Description = $"Runs of each loop of each commit; {Rounds}, or {QuickRounds} with --quick." };
        rounds.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int?>() is < 1 or > MostRounds)
            {
                result.AddError($"--rounds: 1 to {MostRounds}");
            }
        });
        Option<bool> quick = new("--quick") { Description = "One loop of each bench, less warming up, and no instructions." };
        Option<string?> json = new("--json") { Description = "Write the comparisons as JSON to this file; - for standard output.", HelpName = "FILE" };
        var command = new Command("compare", "Builds two commits and runs their loops in turn: slower, faster, or how small a difference would have been seen. 1 when anything is slower. Instructions need valgrind and a compiler.")
        {
            first, second, benches, rounds, quick, json,
        };
        command.SetAction((parsed, cancelled) => Task.Run(() =>
        {
            bool isQuick = parsed.GetValue(quick);
            ComparedLoop[] loops = [.. ComparedLoop.All.Where(l => parsed.GetValue(benches) is not { Length: > 0 } chosen || chosen.Contains(l.Bench))];
            return Run(
                parsed.GetValue(first)!, parsed.GetValue(second)!, isQuick ? [.. loops.DistinctBy(l => l.Bench)] : loops, parsed.GetValue(rounds) ?? (isQuick ? QuickRounds : Rounds), isQuick, parsed.GetValue(json), cancelled);
        }, CancellationToken.None));
        return command;
    }

    private static int Run(string first, string second, IReadOnlyList<ComparedLoop> loops, int rounds, bool quick, string? json, CancellationToken cancelled)
    {
        try
        {
            using StreamWriter? file = json is null or "-" ? null : File.CreateText(json); // Not after all of it was measured.
            using WorkTree a = WorkTree.Create("A", WorkTree.CommitOf(first));
            using WorkTree b = WorkTree.Create("B", WorkTree.CommitOf(second));
            IReadOnlyList<LoopComparison> results = new Comparison(a, b, quick).Run(loops, rounds, cancelled);
            Show(a, b, results, json, file);
            return results.All(r => r.A.Count == 0) ? throw new IOException("there is nothing that both can run") : results.Any(r => r.IsWorse) ? 1 : 0;
        }
        catch (OperationCanceledException)
        {
            System.Console.Error.WriteLine("compare: interrupted");
            return 2;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or Win32Exception)
        {
            System.Console.Error.WriteLine($"compare: {e.Message}");
            return 2;
        }
    }

    private static void Show(WorkTree a, WorkTree b, IReadOnlyList<LoopComparison> results, string? json, StreamWriter? file)
    {
        if (json == "-")
        {
            System.Console.WriteLine(LoopComparison.Json(results));
            return;
        }

        file?.WriteLine(LoopComparison.Json(results));
        AnsiConsole.Profile.Width = Math.Max(AnsiConsole.Profile.Width, 180);
        var table = new Table().AddColumns("loop", "unit", a.Name, b.Name, "ratio", "interval", "verdict");
        foreach (LoopComparison result in results)
        {
            table.AddRow(Cells(result).Select(c => new Markup(Markup.Escape(c))));
        }

        AnsiConsole.Write(table);
        System.Console.WriteLine(MachineState.Name);
        if (!HaveTheSameLoops(a, b))
        {
            System.Console.WriteLine("The commits' loops differ (bench/FastRing.Workloads): where one was changed, this compares the loops too.");
        }
    }

    private static string[] Cells(LoopComparison result) =>
    [
        result.Case,
        result.Unit,
        result.A.Count == 0 ? string.Empty : Text(Spread.Of(result.A).Median),
        result.B.Count == 0 ? string.Empty : Text(Spread.Of(result.B).Median),
        result.Ratio is { } ratio ? Text(ratio) : string.Empty,
        result.Low is { } low && result.High is { } high ? $"{Text(low)} to {Text(high)}" : string.Empty,
        result.Verdict,
    ];

    private static bool HaveTheSameLoops(WorkTree a, WorkTree b) =>
        Shell.Run(Repository.Root, "git", "diff", "--name-only", a.Commit, b.Commit, "--", "bench/FastRing.Workloads").Length == 0;

    private static string Text(double value) => value.ToString("0.###", CultureInfo.InvariantCulture);
}
