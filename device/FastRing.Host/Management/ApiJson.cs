using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using FastRing.Agent;
using FastRing.Host.Management.Contract;
using FastRing.Host.Serving;
using Microsoft.AspNetCore.Mvc;

namespace FastRing.Host.Management;

/// <summary>The JSON of the management API. A request says nothing twice and nothing that is not known.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, UseStringEnumConverter = true)]
[JsonSerializable(typeof(GuestState[]))]
[JsonSerializable(typeof(PortState[]))]
[JsonSerializable(typeof(EventRecord))]
[JsonSerializable(typeof(PortConfig))]
[JsonSerializable(typeof(LimitsConfig))]
[JsonSerializable(typeof(TerminalSize))]
[JsonSerializable(typeof(ReloadResult))]
[JsonSerializable(typeof(DaemonVersion))]
[JsonSerializable(typeof(AgentPing))]
[JsonSerializable(typeof(AgentTime))]
[JsonSerializable(typeof(GuestAgentInfo))]
[JsonSerializable(typeof(GuestOsInfo))]
[JsonSerializable(typeof(IReadOnlyList<GuestUser>))]
[JsonSerializable(typeof(IReadOnlyList<GuestNetworkInterface>))]
[JsonSerializable(typeof(IReadOnlyList<GuestFilesystemInfo>))]
[JsonSerializable(typeof(IReadOnlyList<GuestLogicalProcessor>))]
[JsonSerializable(typeof(AgentExec))]
[JsonSerializable(typeof(AgentExecResult))]
[JsonSerializable(typeof(ProblemDetails))]
internal sealed partial class ApiJson : JsonSerializerContext
{
    private const int MaxDepth = 16;

    /// <summary>As answers are written, for what is written past the framework.</summary>
    public static ApiJson Wire { get; } = new(new JsonSerializerOptions(JsonSerializerDefaults.Web) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });

    /// <summary>Sets the options of requests and answers.</summary>
    public static void Apply(JsonSerializerOptions options)
    {
        options.TypeInfoResolverChain.Insert(0, Default);
        options.MaxDepth = MaxDepth;
        options.Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping; // No page of a browser's: quotes may stand as they are. Controls don't.
        options.NumberHandling = JsonNumberHandling.Strict;
        options.PropertyNameCaseInsensitive = false;
        options.UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow;
        options.AllowDuplicateProperties = false;
        options.RespectNullableAnnotations = true;
        options.RespectRequiredConstructorParameters = true;
    }
}
