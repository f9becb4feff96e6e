using System.Text.RegularExpressions;

namespace FastRing.Perf.Observing;

/// <summary>The lines of a ring that count.</summary>
internal static partial class UncountedRing
{
    public static bool IsCount(string line) => Count().IsMatch(line);

    [GeneratedRegex(@"^\s*Counters\.\w+(\+\+| \+= .*);$")]
    private static partial Regex Count();
}
