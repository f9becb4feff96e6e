using System.Text.Json;
using System.Text.Json.Serialization;

namespace FastRing.Workloads;

/// <summary>What a workload prints: one line of JSON.</summary>
/// <param name="Unit">Unit of the values.</param>
/// <param name="Values">One value for each counted run, in order.</param>
public sealed record Measurement(string Unit, double[] Values)
{
    /// <summary>Values of what ran in between in the same process, to compare with; empty where nothing did.</summary>
    public double[] Peers { get; init; } = [];

    /// <summary>For each run the larger of the processors' distances before and after, ns; empty where one processor does it all.</summary>
    public double[] Distances { get; init; } = [];

    /// <summary>Bytes of managed memory that the counted runs allocated, on all their threads.</summary>
    public long AllocatedBytes { get; init; }

    /// <summary>The same of what ran in between.</summary>
    public long PeerAllocatedBytes { get; init; }

    /// <summary>Garbage collections of any generation during the counted runs; 0 where nobody counts them.</summary>
    public int Collections { get; init; }

    /// <summary>Messages of all counted runs, and as many of what ran in between; 0 where nobody counts them.</summary>
    public long Messages { get; init; }

    /// <summary>Reads a printed line.</summary>
    public static Measurement Parse(string line) =>
        JsonSerializer.Deserialize(line, MeasurementJson.Default.Measurement) ?? throw new FormatException($"no measurement: {line}");

    /// <summary>Prints the line.</summary>
    public int Print()
    {
        System.Console.WriteLine(JsonSerializer.Serialize(this, MeasurementJson.Default.Measurement));
        return 0;
    }
}

/// <summary>How a measurement is written.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(Measurement))]
internal sealed partial class MeasurementJson : JsonSerializerContext;
