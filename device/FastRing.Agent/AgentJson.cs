using System.Text.Json;
using System.Text.Json.Serialization;

namespace FastRing.Agent;

/// <summary>The protocol's JSON. A missing or null member that must be there is an error; one that is not known is passed over.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.KebabCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(AgentFault))]
[JsonSerializable(typeof(JsonElement))]
[JsonSerializable(typeof(long))]
[JsonSerializable(typeof(string))]
[JsonSerializable(typeof(GuestNothing))]
[JsonSerializable(typeof(GuestAgentInfo))]
[JsonSerializable(typeof(GuestOsInfo))]
[JsonSerializable(typeof(GuestHostName))]
[JsonSerializable(typeof(GuestTimezone))]
[JsonSerializable(typeof(GuestLoadAverage))]
[JsonSerializable(typeof(IReadOnlyList<GuestCpuStats>))]
[JsonSerializable(typeof(IReadOnlyList<GuestLogicalProcessor>))]
[JsonSerializable(typeof(IReadOnlyList<GuestMemoryBlock>))]
[JsonSerializable(typeof(IReadOnlyList<GuestMemoryBlockResponse>))]
[JsonSerializable(typeof(GuestMemoryBlockInfo))]
[JsonSerializable(typeof(IReadOnlyList<GuestDeviceInfo>))]
[JsonSerializable(typeof(IReadOnlyList<GuestNetworkInterface>))]
[JsonSerializable(typeof(IReadOnlyList<GuestNetworkRoute>))]
[JsonSerializable(typeof(IReadOnlyList<GuestFilesystemInfo>))]
[JsonSerializable(typeof(IReadOnlyList<GuestDiskInfo>))]
[JsonSerializable(typeof(IReadOnlyList<GuestDiskStatsInfo>))]
[JsonSerializable(typeof(GuestFilesystemTrimResponse))]
[JsonSerializable(typeof(GuestFileRead))]
[JsonSerializable(typeof(GuestFileWrite))]
[JsonSerializable(typeof(GuestFileSeek))]
[JsonSerializable(typeof(GuestExec))]
[JsonSerializable(typeof(GuestExecStatus))]
[JsonSerializable(typeof(IReadOnlyList<GuestUser>))]
[JsonSerializable(typeof(GuestAuthorizedKeys))]
internal sealed partial class AgentJson : JsonSerializerContext;
