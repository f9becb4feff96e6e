using HdrHistogram;

namespace FastRing.Perf;

/// <summary>Messages of 64 bytes that go to the far end and back, of every channel.</summary>
internal sealed class ChannelRoundTrips
{
    public const string Name = "roundtrip";

    private const int Bytes = 64;
    private const int ProbeCount = 40;
    private const int LeastCount = 100;
    private const int MostCount = 4000;

    private static readonly int[] s_percentiles = [50, 99];

    private readonly Dictionary<ByteChannel, long> _counts = [];
    private readonly Dictionary<ByteChannel, List<LongHistogram>> _times = [];

    /// <summary>Runs once on each channel.</summary>
    public async Task AddAsync(IEnumerable<ByteChannel> channels, double seconds)
    {
        foreach (ByteChannel channel in channels)
        {
            if (!_counts.TryGetValue(channel, out long count))
            {
                Progress.Say($"{Name}: {channel.Name}");
                LongHistogram probe = await ChannelTransfer.RoundTripsAsync(channel, Echo(ProbeCount));
                _counts[channel] = count = Math.Clamp((long)(seconds * 1e9 / probe.GetMean()), LeastCount, MostCount);
                _times[channel] = [];
            }

            _times[channel].Add(await ChannelTransfer.RoundTripsAsync(channel, Echo(count)));
        }
    }

    public IEnumerable<Row> Rows(ByteChannel own, ByteChannel peer) => s_percentiles.SelectMany(percentile => _times.Keys
        .Where(channel => channel != peer)
        .Select(channel => RowOf(channel == own ? $"{Name}-p{percentile}" : $"{Name}-p{percentile}, {channel.Name}", channel, peer, percentile)));

    /// <summary>The median's row has the whole curves.</summary>
    private Row RowOf(string name, ByteChannel channel, ByteChannel peer, int percentile)
    {
        Row row = Row.Of("channel", name, "us", Values(_times[channel], percentile), peer.Name, Values(_times[peer], percentile));
        return percentile == s_percentiles[0] ? row.With(Curve(channel), Curve(peer)) : row;
    }

    private PercentileCurve Curve(ByteChannel channel) => PercentileCurve.Of(_times[channel], PercentileCurve.NsPerUs);

    private static ChannelPart Echo(long count) => new(ChannelPartKind.Echo, Bytes, count);

    private static IEnumerable<double> Values(IEnumerable<LongHistogram> times, int percentile) => times.Select(t => t.GetValueAtPercentile(percentile) / PercentileCurve.NsPerUs);
}
