using System.Text.Json.Serialization;

namespace FastRing.Host.Keeping;

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(KeptConfig))]
[JsonSerializable(typeof(KeptSocket))]
[JsonSerializable(typeof(UpgradeRequest))]
[JsonSerializable(typeof(UpgradeAnswer))]
internal sealed partial class KeptJson : JsonSerializerContext;
