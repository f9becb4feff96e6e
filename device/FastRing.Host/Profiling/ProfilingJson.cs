using System.Text.Json.Serialization;
using FastRing.Profiling;

namespace FastRing.Host.Profiling;

/// <summary>What <c>--json</c> prints of another process.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(MetricsSnapshot))]
[JsonSerializable(typeof(TraceReport))]
[JsonSerializable(typeof(ThreadStack[]))]
internal sealed partial class ProfilingJson : JsonSerializerContext;
