namespace FastRing.Perf;

/// <summary>What the unit of a figure tells of it.</summary>
internal static class Units
{
    /// <summary>So much in a second, or so evenly: more is better. Of everything else (time, memory, instructions, notifications) less is.</summary>
    public static bool MoreIsBetter(string unit) => IsThroughput(unit) || unit == "Jain index";

    /// <summary>So much in a second.</summary>
    public static bool IsThroughput(string unit) => unit.EndsWith("/s", StringComparison.Ordinal) || unit.EndsWith("pps", StringComparison.Ordinal);
}
