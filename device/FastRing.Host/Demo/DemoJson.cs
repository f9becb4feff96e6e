using System.Text.Json.Serialization;

namespace FastRing.Host.Demo;

/// <summary>The demo's JSON, on its standard output and between its two processes.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(DemoResult))]
[JsonSerializable(typeof(DriverReport))]
internal sealed partial class DemoJson : JsonSerializerContext;
