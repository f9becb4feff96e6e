using System.Text.RegularExpressions;

namespace FastRing.Perf.Observing;

/// <summary>Sources of rings that count nothing. The lines that count are left out, as finding the counters is part of what they cost.</summary>
internal static partial class UncountedRings
{
    /// <summary>Where those are, in a checkout.</summary>
    public const string Folder = "src/FastRing/Queues";

    private const string Counters = "VirtqueueCounters.cs";

    /// <summary>Leaves out of the files of a folder what counts.</summary>
    /// <exception cref="IOException">They are not as they are known here: something may count still. Some may be changed already.</exception>
    public static void Make(string folder)
    {
        var counted = new SortedSet<string>(StringComparer.Ordinal);
        foreach (string file in Directory.GetFiles(folder, "*.cs"))
        {
            string text = File.ReadAllText(file);
            counted.UnionWith(CountingLine().Matches(text).Select(m => m.Groups["name"].Value));
            string rest = CountingLine().Replace(text, string.Empty);
            if (Change().Match(rest) is { Success: true } left)
            {
                throw new IOException($"{Path.GetFileName(file)}: '{left.Value.Trim()}' is no line of its own that counts");
            }

            File.WriteAllText(file, rest);
        }

        string[] counters = [.. Counter().Matches(File.ReadAllText(Path.Combine(folder, Counters))).Select(m => m.Groups["name"].Value)];
        if (counters.Length == 0 || !counted.SetEquals(counters))
        {
            throw new IOException($"{Counters} has {string.Join(", ", counters)}; what is counted is {string.Join(", ", counted)}");
        }
    }

    [GeneratedRegex(@"^ *Counters\.Writable\.(?<name>\w+)(\+\+| \+= [^;]*);\r?\n", RegexOptions.Multiline)]
    private static partial Regex CountingLine();

    [GeneratedRegex(@"^.*\bCounters\.Writable\b.*$", RegexOptions.Multiline)]
    private static partial Regex Change();

    [GeneratedRegex(@"public ulong (?<name>\w+) => Writable\.")]
    private static partial Regex Counter();
}
