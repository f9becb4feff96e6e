using System.Text.Json;
using System.Text.Json.Serialization;

namespace FastRing.Workloads.Net;

/// <summary>What the device did, as one line of JSON.</summary>
/// <param name="Features">The features last negotiated.</param>
/// <param name="Packets">Packets moved, one way.</param>
/// <param name="Bytes">Their bytes, without headers.</param>
/// <param name="Batches">Rounds that moved some.</param>
/// <param name="Malformed">Packets and buffers no driver should send.</param>
/// <param name="TooLong">Packets dropped because the driver's buffers were too small.</param>
/// <param name="BusyNsPerPacket">Time in rounds that moved packets, for each.</param>
/// <param name="Seconds">From the first packet, or the end of the warm-up, to the last.</param>
internal sealed record NetResult(
    ulong Features, long Packets, long Bytes, long Batches, long Malformed, long TooLong, double BusyNsPerPacket, double Seconds)
{
    public string ToJson() => JsonSerializer.Serialize(this, NetResultJson.Default.NetResult);
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(NetResult))]
internal sealed partial class NetResultJson : JsonSerializerContext;
