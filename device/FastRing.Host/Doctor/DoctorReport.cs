using FastRing.Host.Client;
using Spectre.Console;

namespace FastRing.Host.Doctor;

/// <summary>All that was looked at.</summary>
/// <param name="Findings">One each, in the order it was looked at.</param>
/// <param name="Wrong">How many of them have something to change.</param>
internal sealed record DoctorReport(IReadOnlyList<Finding> Findings, int Wrong)
{
    public static DoctorReport Of(IReadOnlyList<Finding> findings) => new(findings, findings.Count(f => f.IsWrong));

    /// <summary>What is there, then what to change.</summary>
    public void Show()
    {
        Table seen = Output.Columns("CHECK", "STATE", "SEEN");
        foreach (Finding finding in Findings)
        {
            seen.Row(finding.Check, Word(finding.State), finding.Seen);
        }

        seen.Columns[^1].NoWrap = false;
        Output.Show(seen);
        foreach (Finding finding in Findings.Where(f => f.IsWrong))
        {
            Output.Line("");
            Output.Line(PlainText.Of($"{finding.Check} ({Word(finding.State)}): {finding.Seen}"));
            Output.Line(PlainText.Of($"  why:    {finding.Why}"));
            Output.Line(PlainText.Of($"  change: {finding.Change}"));
        }
    }

    private static string Word(FindingState state) => state switch
    {
        FindingState.Ok => "ok",
        FindingState.NotKnown => "not known",
        FindingState.Slow => "slow",
        FindingState.Fragile => "fragile",
        _ => "fails",
    };
}
