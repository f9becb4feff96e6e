using System.Text.Json.Serialization;
using FastRing.Console.Diagnostics;
using FastRing.Profiling;
using FastRing.VhostUser.Diagnostics;

namespace FastRing.Host.Profiling;

/// <summary>What <c>--json</c> prints of another process.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true)]
[JsonSerializable(typeof(MetricsSnapshot))]
[JsonSerializable(typeof(TraceReport))]
[JsonSerializable(typeof(ThreadStack[]))]
[JsonSerializable(typeof(RingReport))]
[JsonSerializable(typeof(PortReport))]
[JsonSerializable(typeof(RingDump))]
internal sealed partial class ProfilingJson : JsonSerializerContext;
