using System.CommandLine;

namespace FastRing.Perf;

/// <summary>The options behind a <see cref="PerfRequest"/> and what becomes of its result.</summary>
internal sealed class PerfOptions
{
    private const int QuickRuns = 2;

    private readonly Option<string?> _json = new("--json") { Description = "Write the rows as JSON to this file; - for standard output.", HelpName = "FILE" };
    private readonly Option<int> _runs = new("--runs") { Description = "Counted runs.", DefaultValueFactory = _ => 10 };
    private readonly Option<bool> _quick = new("--quick") { Description = "Less than a minute: fewer cases and runs." };
    private readonly Option<bool> _aot = new("--aot") { Description = "Measure a NativeAOT build too, also with --quick." };
    private readonly Option<bool> _save = new("--save") { Description = "Keep rows, plot and machine in a folder of perf-results/." };

    public void AddTo(Command command)
    {
        command.Add(_json);
        command.Add(_runs);
        command.Add(_quick);
        command.Add(_aot);
        command.Add(_save);
    }

    public PerfRequest Request(ParseResult parsed)
    {
        bool quick = parsed.GetValue(_quick);
        int runs = parsed.GetValue(_runs);
        return new PerfRequest(quick ? Math.Min(runs, QuickRuns) : runs, quick, !quick || parsed.GetValue(_aot));
    }

    /// <summary>Shows the rows and keeps them where that was asked for.</summary>
    public void Finish(ParseResult parsed, IReadOnlyList<Row> rows, MachineState machine)
    {
        Report.Show(rows, machine, parsed.GetValue(_json));
        if (parsed.GetValue(_save))
        {
            string command = parsed.CommandResult.Command.Name;
            System.Console.Error.WriteLine($"kept in {ResultFolder.Save(command, string.Join(' ', parsed.Tokens), rows, machine)}");
        }
    }
}
