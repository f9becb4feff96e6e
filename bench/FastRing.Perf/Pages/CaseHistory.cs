namespace FastRing.Perf.Pages;

/// <summary>One case over the runs of its bench.</summary>
/// <param name="Case">Its name.</param>
/// <param name="Unit">Unit of its values.</param>
/// <param name="Peer">What it is compared with.</param>
/// <param name="Rows">One for each run; null where it was not measured.</param>
public sealed record CaseHistory(string Case, string Unit, string Peer, IReadOnlyList<Row?> Rows)
{
    private const string Far = $", {NotifyRounds.Far}";

    /// <summary>The cases that more than one run has, in the order in which they first came.</summary>
    public static IEnumerable<CaseHistory> Of(IReadOnlyList<SavedRun> runs) =>
        from row in runs.SelectMany((run, index) => run.Rows.Select(r => (Run: index, Row: r)))
        group row by (Case: Name(row.Row), row.Row.Unit, Peer: row.Row.Peer.Name) into same
        where same.Select(r => r.Run).Distinct().Count() > 1
        select new CaseHistory(same.Key.Case, same.Key.Unit, same.Key.Peer, [.. runs.Select((_, index) => same.FirstOrDefault(r => r.Run == index).Row)]);

    /// <summary>How far apart the processors were is the machine's mood, not another case.</summary>
    private static string Name(Row row) => row.Case.Replace(Far, string.Empty, StringComparison.Ordinal);
}
