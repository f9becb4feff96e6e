using System.Text.Json.Serialization;
using FastRing.Console.Ports;

namespace FastRing.Console.Diagnostics;

/// <summary>A port, as it is told to people.</summary>
/// <param name="Number">Its number.</param>
/// <param name="Name">Its name.</param>
/// <param name="IsGuestOpen">A program in the guest has it open.</param>
/// <param name="IsHostOpen">Somebody is there on the host's side.</param>
/// <param name="Waits">What stands between it and its use.</param>
/// <param name="BytesToHost">Bytes the host's side took.</param>
/// <param name="BytesToGuest">Bytes put into the guest's buffers.</param>
/// <param name="BuffersOut">Receive buffers the guest has not given back.</param>
/// <param name="BytesOut">Bytes in them.</param>
/// <param name="StalledSeconds">For how long the host's side has taken nothing of what the guest has sent; null: it does.</param>
/// <param name="Findings">What there is to know, in words.</param>
public sealed record PortReport(
    int Number,
    string Name,
    bool IsGuestOpen,
    bool IsHostOpen,
    PortWait Waits,
    ulong BytesToHost,
    ulong BytesToGuest,
    ulong BuffersOut,
    ulong BytesOut,
    double? StalledSeconds,
    IReadOnlyList<string> Findings)
{
    /// <summary>What such reports are called.</summary>
    public const string Kind = "port";
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true)]
[JsonSerializable(typeof(PortReport))]
internal sealed partial class PortReportJson : JsonSerializerContext;
