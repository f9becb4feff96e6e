using System.Text.Json;
using System.Text.Json.Serialization;

namespace FastRing.Perf;

/// <summary>What must not be exceeded, whatever the machine.</summary>
/// <param name="AllocatedBytesPerOperation">Managed memory of a message or chain.</param>
/// <param name="SystemCallsPerMillionMessages">System calls of driver and device together, while both poll.</param>
/// <param name="CollectionsPerMillionMessages">Garbage collections meanwhile.</param>
/// <param name="InstructionsPerChain">By the workload's options.</param>
internal sealed record Budget(
    double AllocatedBytesPerOperation, double SystemCallsPerMillionMessages, double CollectionsPerMillionMessages, IReadOnlyDictionary<string, double> InstructionsPerChain)
{
    /// <summary>The repository's own.</summary>
    public static string DefaultFile => Path.Combine(Repository.Root, "perf-results", "budget.json");

    public static Budget Read(string file) =>
        JsonSerializer.Deserialize(File.ReadAllText(file), BudgetJson.Default.Budget) ?? throw new FormatException($"{file} is empty");

    public void Write(string file) => File.WriteAllText(file, JsonSerializer.Serialize(this, BudgetJson.Default.Budget) + "\n");
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true)]
[JsonSerializable(typeof(Budget))]
internal sealed partial class BudgetJson : JsonSerializerContext;
