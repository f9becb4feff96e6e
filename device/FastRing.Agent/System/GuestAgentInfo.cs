using System.Text.Json.Serialization;

namespace FastRing.Agent;

/// <summary>What the agent is and can do (QEMU guest agent protocol: <c>GuestAgentInfo</c>).</summary>
/// <param name="Version">Its version, such as 7.2.22.</param>
/// <param name="SupportedCommands">All commands its build knows, also those that are switched off.</param>
public sealed record GuestAgentInfo(
    string Version, [property: JsonPropertyName("supported_commands")] IReadOnlyList<GuestAgentCommandInfo> SupportedCommands);
