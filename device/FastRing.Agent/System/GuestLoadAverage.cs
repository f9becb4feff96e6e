using System.Text.Json.Serialization;

namespace FastRing.Agent;

/// <summary>How busy the guest is (<c>GuestLoadAverage</c>).</summary>
/// <param name="Load1m">Over one minute.</param>
/// <param name="Load5m">Over five.</param>
/// <param name="Load15m">Over fifteen.</param>
public sealed record GuestLoadAverage(
    [property: JsonPropertyName("load1m")] double Load1m, [property: JsonPropertyName("load5m")] double Load5m,
    [property: JsonPropertyName("load15m")] double Load15m);
