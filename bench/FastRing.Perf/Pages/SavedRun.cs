namespace FastRing.Perf.Pages;

/// <summary>What one bench measured, as it was kept in a folder of perf-results/.</summary>
/// <param name="Folder">The folder's name, which begins with the date.</param>
/// <param name="Bench">The command that measured it.</param>
/// <param name="Rows">Its rows.</param>
/// <param name="Notes">Date, machine, commit and command.</param>
public sealed record SavedRun(string Folder, string Bench, IReadOnlyList<Row> Rows, RunNotes Notes)
{
    private const int DateLength = 10;

    /// <summary>The day, and the commit where it is known.</summary>
    public string Label => $"{Folder[..Math.Min(DateLength, Folder.Length)]} {Notes.Commit}".TrimEnd();
}
