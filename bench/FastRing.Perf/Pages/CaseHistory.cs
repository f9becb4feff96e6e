namespace FastRing.Perf.Pages;

/// <summary>One case over the runs of its bench.</summary>
/// <param name="Case">Its name.</param>
/// <param name="Unit">Unit of its values.</param>
/// <param name="Peer">What it is compared with; null where that changed from run to run, and ratios tell nothing.</param>
/// <param name="Rows">One for each run; null where it was not measured.</param>
public sealed record CaseHistory(string Case, string Unit, string? Peer, IReadOnlyList<Row?> Rows)
{
    private const string Far = $", {NotifyRounds.Far}";

    /// <summary>The cases that more than one run has, in the order in which they first came.</summary>
    public static IEnumerable<CaseHistory> Of(IReadOnlyList<SavedRun> runs) => runs
        .SelectMany(run => run.Rows)
        .Select(row => (Case: Name(row), row.Unit))
        .Distinct()
        .SelectMany(what => Of(what.Case, what.Unit, [.. runs.Select(run => run.Rows.Where(r => r.Unit == what.Unit && Name(r) == what.Case).ToArray())]));

    /// <summary>One for each peer that came again; of the values alone where none did.</summary>
    private static CaseHistory[] Of(string what, string unit, Row[][] runs)
    {
        if (runs.Count(rows => rows.Length > 0) < 2)
        {
            return [];
        }

        string[] peers = [.. runs.SelectMany(rows => rows.Select(r => r.Peer.Name).Distinct()).GroupBy(name => name).Where(g => g.Count() > 1).Select(g => g.Key)];
        return peers.Length == 0
            ? [new CaseHistory(what, unit, null, [.. runs.Select(rows => rows.FirstOrDefault())])]
            : [.. peers.Select(peer => new CaseHistory(what, unit, peer, [.. runs.Select(rows => Array.Find(rows, r => r.Peer.Name == peer))]))];
    }

    /// <summary>How far apart the processors were is the machine's mood, not another case.</summary>
    private static string Name(Row row) => row.Case.Replace(Far, string.Empty, StringComparison.Ordinal);
}
