namespace FastRing.Perf.Pages;

/// <summary>What the README.md of a run says of it: date, machine, commit and command.</summary>
/// <param name="Lines">Its remarks, as they stand there.</param>
/// <param name="Commit">The commit; empty where none is named.</param>
/// <param name="Command">The command lines.</param>
public sealed record RunNotes(IReadOnlyList<string> Lines, string Commit, string Command)
{
    private const string CommitMark = "commit ";
    private const string CommandMark = "    ";
    private const string ItemMark = "- ";
    private const int MostLines = 200;

    /// <summary>Reads what stands above the table.</summary>
    /// <exception cref="IOException">There is no such file, or it can't be read.</exception>
    public static RunNotes Read(string file)
    {
        string[] head = [.. File.ReadLines(file).Take(MostLines).TakeWhile(l => !l.StartsWith('|')).Where(l => !string.IsNullOrWhiteSpace(l))];
        string[] lines = [.. head.Where(l => !l.StartsWith(CommandMark, StringComparison.Ordinal)).Select(l => l.TrimStart('#', ' ')).Select(WithoutMark)];
        string commit = lines.FirstOrDefault(l => l.StartsWith(CommitMark, StringComparison.Ordinal))?[CommitMark.Length..] ?? string.Empty;
        return new RunNotes(lines, commit, string.Join('\n', head.Where(l => l.StartsWith(CommandMark, StringComparison.Ordinal)).Select(l => l.Trim())));
    }

    private static string WithoutMark(string line) => line.StartsWith(ItemMark, StringComparison.Ordinal) ? line[ItemMark.Length..] : line;
}
