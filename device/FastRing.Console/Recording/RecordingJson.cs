using System.Text.Json.Serialization;

namespace FastRing.Console.Recording;

/// <summary>How recordings are read.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true, RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(RecordingHeader))]
[JsonSerializable(typeof(RecordedEvent))]
internal sealed partial class RecordingJson : JsonSerializerContext;
