using System.Text.Json;

namespace FastRing.Perf.Pages;

/// <summary>Everything that was kept in perf-results/.</summary>
/// <param name="Runs">In the order of their folders' names: oldest first.</param>
/// <param name="Unread">Files that are not what they should be, and why.</param>
public sealed record SavedRuns(IReadOnlyList<SavedRun> Runs, IReadOnlyList<string> Unread)
{
    private const long MostBytes = 16 << 20;
    private const int MostCharacters = 500; // Of a name. Whoever draws it measures it letter by letter.
    private const int MostRows = 5000;
    private const int MostPoints = 10_000;

    /// <summary>The runs of each bench, by name.</summary>
    public IEnumerable<IGrouping<string, SavedRun>> Benches => Runs.GroupBy(r => r.Bench).OrderBy(g => g.Key, StringComparer.Ordinal);

    /// <summary>Reads every folder in <paramref name="results"/>. What can't be read of it is in <see cref="Unread"/>.</summary>
    /// <exception cref="IOException">There is no such folder.</exception>
    public static SavedRuns Read(string results)
    {
        var runs = new List<SavedRun>();
        var unread = new List<string>();
        foreach (string folder in Directory.GetDirectories(results).Order(StringComparer.Ordinal))
        {
            Row[] rows = [.. Files(folder, unread).SelectMany(f => Rows(f, unread))];
            if (rows.Length > 0)
            {
                string name = Path.GetFileName(folder);
                RunNotes notes = Notes(Path.Combine(folder, "README.md"), unread);
                runs.AddRange(rows.GroupBy(r => r.Bench).Select(g => new SavedRun(name, g.Key, [.. g], notes)));
            }
        }

        return new SavedRuns(runs, unread);
    }

    private static string[] Files(string folder, List<string> unread)
    {
        try
        {
            return [.. Directory.GetFiles(folder, "*.json").Order(StringComparer.Ordinal)];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            unread.Add(OneLine($"{Path.GetFileName(folder)}: {e.Message}"));
            return [];
        }
    }

    private static IReadOnlyList<Row> Rows(string file, List<string> unread)
    {
        try
        {
            if (new FileInfo(file).Length > MostBytes)
            {
                throw new JsonException($"more than {MostBytes >> 20} MiB");
            }

            using FileStream stream = File.OpenRead(file);
            IReadOnlyList<Row> rows = JsonSerializer.Deserialize(stream, RowJson.Default.IReadOnlyListRow) ?? throw new JsonException("no rows");
            return rows.Count <= MostRows && rows.All(IsSound) ? rows : throw new JsonException($"there are more than {MostRows} rows, a row is missing, or has a number that is none, a name of more than {MostCharacters} characters, or a curve that is none");
        }
        catch (Exception e) when (e is IOException or JsonException or UnauthorizedAccessException)
        {
            unread.Add(OneLine($"{Name(file)}: {e.Message}"));
            return [];
        }
    }

    private static RunNotes Notes(string file, List<string> unread)
    {
        try
        {
            return new FileInfo(file).Length <= MostBytes ? RunNotes.Read(file) : throw new IOException($"more than {MostBytes >> 20} MiB");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            unread.Add(OneLine($"{Name(file)}: {e.Message}"));
            return new RunNotes([], string.Empty, string.Empty);
        }
    }

    private static bool IsSound(Row? row) =>
        row is not null
        && new[] { row.Value.Min, row.Value.Median, row.Value.Max, row.Peer.Median, row.Ratio }.All(double.IsFinite)
        && new[] { row.Bench, row.Case, row.Unit, row.Peer.Name }.All(name => name.Length <= MostCharacters)
        && IsSound(row.Curve) && IsSound(row.Peer.Curve);

    private static bool IsSound(PercentileCurve? curve) =>
        curve is null || (curve.Percents.Count == curve.Values.Count && curve.Values.Count <= MostPoints && curve.Values.All(double.IsFinite) && curve.Percents.All(p => p is >= 0 and <= 100));

    private static string Name(string file) => Path.Combine(Path.GetFileName(Path.GetDirectoryName(file)!), Path.GetFileName(file));

    /// <summary>What comes from a file must not move a terminal's cursor.</summary>
    private static string OneLine(string text) => string.Concat(text.Select(c => char.IsControl(c) ? '?' : c));
}
