using System.Text.Json.Serialization;

namespace FastRing.Perf;

/// <summary>One measured figure.</summary>
/// <param name="Bench">The command that measured it.</param>
/// <param name="Case">What was measured.</param>
/// <param name="Unit">Unit of the values.</param>
/// <param name="Value">The values.</param>
/// <param name="Peer">What it is compared with, in the same run.</param>
/// <param name="Ratio">FastRing's median over the peer's.</param>
public sealed record Row(string Bench, string Case, string Unit, Spread Value, Peer Peer, double Ratio)
{
    /// <summary>How the times behind the value are spread, where all of them were kept.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public PercentileCurve? Curve { get; init; }

    public static Row Of(string bench, string what, string unit, IEnumerable<double> values, string peer, IEnumerable<double> peerValues)
    {
        Spread own = Spread.Of(values);
        double other = Spread.Of(peerValues).Median;
        return new Row(bench, what, unit, own, new Peer(peer, Math.Round(other, 3)), other == 0 ? 0 : Math.Round(own.Median / other, 3));
    }

    /// <summary>The row with both sides' curves.</summary>
    public Row With(PercentileCurve own, PercentileCurve peer) => this with { Curve = own, Peer = Peer with { Curve = peer } };
}

/// <summary>Minimum, median and maximum.</summary>
public sealed record Spread(double Min, double Median, double Max)
{
    public static Spread Of(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return new Spread(Math.Round(sorted[0], 3), Math.Round(sorted[sorted.Length / 2], 3), Math.Round(sorted[^1], 3));
    }
}

/// <summary>What a figure is compared with.</summary>
public sealed record Peer(string Name, double Median)
{
    /// <summary>How its times are spread, where all of them were kept.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public PercentileCurve? Curve { get; init; }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true, RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(IReadOnlyList<Row>))]
internal sealed partial class RowJson : JsonSerializerContext;
