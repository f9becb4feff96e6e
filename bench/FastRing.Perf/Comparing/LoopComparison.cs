using System.Text.Json;
using System.Text.Json.Serialization;

namespace FastRing.Perf.Comparing;

/// <summary>A figure of A beside B's.</summary>
/// <param name="Case">The loop.</param>
/// <param name="Unit">Unit of the figures.</param>
/// <param name="A">A's figures, in the order in which they were taken.</param>
/// <param name="B">B's, each taken right before or after the one of A at the same place.</param>
/// <param name="Ratio">B's over A's.</param>
/// <param name="Low">Lower end of the ratio's interval.</param>
/// <param name="High">Its upper end.</param>
/// <param name="Verdict">In words.</param>
internal sealed record LoopComparison(string Case, string Unit, IReadOnlyList<double> A, IReadOnlyList<double> B, double? Ratio, double? Low, double? High, string Verdict)
{
    /// <summary>B is worse.</summary>
    [JsonIgnore]
    public bool IsWorse { get; init; }

    public static LoopComparison Of(string what, string unit, IEnumerable<double> a, IEnumerable<double> b, Verdict verdict) =>
        new(what, unit, [.. a], [.. b], Finite(verdict.Interval?.Ratio), Finite(verdict.Interval?.Low), Finite(verdict.Interval?.High), verdict.ToString())
        {
            IsWorse = verdict.Kind == VerdictKind.Slower,
        };

    /// <summary>One that there is nothing to say about, and why.</summary>
    public static LoopComparison Lacking(string what, string why) => new(what, string.Empty, [], [], null, null, null, $"not compared: {why}");

    public static string Json(IReadOnlyList<LoopComparison> all) => JsonSerializer.Serialize(all, ComparisonJson.Default.IReadOnlyListLoopComparison);

    private static double? Finite(double? value) => value is { } number && double.IsFinite(number) ? Math.Round(number, 4) : null;
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true)]
[JsonSerializable(typeof(IReadOnlyList<LoopComparison>))]
internal sealed partial class ComparisonJson : JsonSerializerContext;
