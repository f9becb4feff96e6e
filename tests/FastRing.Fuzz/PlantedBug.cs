using System.Text.Json;

namespace FastRing.Fuzz;

/// <summary>A mistake that could be in the code, for a fuzzer to find: a check of the fuzzer. All of them are in planted.json.</summary>
/// <param name="Target">Who is to find it.</param>
/// <param name="File">Where, from the repository's root.</param>
/// <param name="From">What is there, once.</param>
/// <param name="To">What is there instead.</param>
internal sealed record PlantedBug(string Target, string File, string From, string To)
{
    private static readonly JsonSerializerOptions s_options = new() { PropertyNameCaseInsensitive = true };

    /// <summary>All of them.</summary>
    /// <param name="root">The repository.</param>
    public static IReadOnlyList<PlantedBug> Read(string root) =>
        JsonSerializer.Deserialize<PlantedBug[]>(System.IO.File.ReadAllText(Path.Combine(root, "tests/FastRing.Fuzz/planted.json")), s_options)!;

    /// <summary>What the code is with it; null: it can't be planted, as the code is another than it was.</summary>
    public string? Plant(string code)
    {
        int at = code.IndexOf(From, StringComparison.Ordinal);
        bool once = at >= 0 && code.IndexOf(From, at + 1, StringComparison.Ordinal) < 0;
        return once ? code.Replace(From, To, StringComparison.Ordinal) : null;
    }
}
