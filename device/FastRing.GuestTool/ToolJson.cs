using System.Text.Json.Serialization;

namespace FastRing.GuestTool;

/// <summary>The tool's JSON.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(ListedPort[]))]
internal sealed partial class ToolJson : JsonSerializerContext;
