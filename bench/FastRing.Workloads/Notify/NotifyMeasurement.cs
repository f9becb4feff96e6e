using System.Text.Json;
using System.Text.Json.Serialization;

namespace FastRing.Workloads.Notify;

/// <summary>What <c>workloads notify</c> prints: one line of JSON.</summary>
/// <param name="Rounds">The counted rounds, in order.</param>
public sealed record NotifyMeasurement(NotifyRound[] Rounds)
{
    /// <summary>Reads a printed line.</summary>
    public static NotifyMeasurement Parse(string line) =>
        JsonSerializer.Deserialize(line, NotifyJson.Default.NotifyMeasurement) ?? throw new FormatException($"no measurement: {line}");

    /// <summary>Prints the line.</summary>
    public int Print()
    {
        System.Console.WriteLine(JsonSerializer.Serialize(this, NotifyJson.Default.NotifyMeasurement));
        return 0;
    }
}

/// <summary>How it is written.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(NotifyMeasurement))]
internal sealed partial class NotifyJson : JsonSerializerContext;
