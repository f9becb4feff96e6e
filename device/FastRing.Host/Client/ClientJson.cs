using System.Text.Json;
using System.Text.Json.Serialization;
using FastRing.Host.Attaching;
using FastRing.Host.Management.Contract;
using FastRing.Host.Recordings;
using FastRing.Host.Serving;

namespace FastRing.Host.Client;

/// <summary>What client and daemon say to each other, and what <c>--json</c> prints. Members a newer daemon added are passed over.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, RespectNullableAnnotations = true, UseStringEnumConverter = true, MaxDepth = 32)]
[JsonSerializable(typeof(GuestState[]))]
[JsonSerializable(typeof(PortState))]
[JsonSerializable(typeof(PortConfig))]
[JsonSerializable(typeof(LimitsConfig))]
[JsonSerializable(typeof(TerminalSize))]
[JsonSerializable(typeof(EventRecord))]
[JsonSerializable(typeof(AgentExec))]
[JsonSerializable(typeof(AgentExecResult))]
[JsonSerializable(typeof(AgentRequested))]
[JsonSerializable(typeof(ReloadResult))]
[JsonSerializable(typeof(TopSample))]
[JsonSerializable(typeof(AttachReport))]
[JsonSerializable(typeof(Recorded))]
[JsonSerializable(typeof(ReplayReport))]
[JsonSerializable(typeof(Problem))]
[JsonSerializable(typeof(ErrorReport))]
[JsonSerializable(typeof(JsonElement))]
internal sealed partial class ClientJson : JsonSerializerContext;
