using System.Text.Json.Serialization;

namespace FastRing.Agent;

/// <summary>An address of an interface (<c>GuestIpAddress</c>).</summary>
/// <param name="Address">The address.</param>
/// <param name="Type"><c>ipv4</c> or <c>ipv6</c>.</param>
/// <param name="Prefix">Bits of its network.</param>
public sealed record GuestIpAddress(
    [property: JsonPropertyName("ip-address")] string Address, [property: JsonPropertyName("ip-address-type")] string Type,
    int Prefix);
