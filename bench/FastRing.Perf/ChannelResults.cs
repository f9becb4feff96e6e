namespace FastRing.Perf;

/// <summary>Samples of one case, of every channel, and the rows made of them.</summary>
internal sealed class ChannelResults(ChannelCase what)
{
    private readonly Dictionary<ByteChannel, ChannelPart> _parts = [];
    private readonly Dictionary<ByteChannel, List<ChannelSample>> _samples = [];

    /// <summary>Names of the rows, without the channels'.</summary>
    public static IEnumerable<string> Names(ChannelCase what) => [$"throughput-{what.Name}", $"cpu-s-per-GiB-{what.Name}", $"notifications-{what.Name}"];

    /// <summary>Runs the case once on each channel.</summary>
    public async Task AddAsync(IEnumerable<ByteChannel> channels, double seconds)
    {
        foreach (ByteChannel channel in channels)
        {
            if (!_parts.TryGetValue(channel, out ChannelPart? part))
            {
                Progress.Say($"{what.Name}: {channel.Name}");
                _parts[channel] = part = await what.SizeAsync(channel, seconds);
                _samples[channel] = [];
            }

            _samples[channel].Add(await ChannelTransfer.MoveAsync(channel, part));
        }
    }

    /// <summary>Rows of all channels but the peer, which they are compared with.</summary>
    public IEnumerable<Row> Rows(ByteChannel own, ByteChannel peer) =>
    [
        .. Rows(own, peer, $"throughput-{what.Name}", "MiB/s", s => s.MibPerSecond),
        .. Rows(own, peer, $"cpu-s-per-GiB-{what.Name}", "CPU s/GiB", s => s.ProcessorSecondsPerGib),
        .. Rows(own, peer, $"notifications-{what.Name}", NotifyBench.NotificationsUnit, s => s.NotificationsPerThousand),
    ];

    private IEnumerable<Row> Rows(ByteChannel own, ByteChannel peer, string name, string unit, Func<ChannelSample, double?> value)
    {
        double[] peers = [.. _samples[peer].Select(s => value(s)!.Value)];
        return _samples
            .Where(s => s.Key != peer && s.Value.TrueForAll(sample => value(sample) is not null))
            .Select(s => Row.Of("channel", s.Key == own ? name : $"{name}, {s.Key.Name}", unit, s.Value.Select(sample => value(sample)!.Value), peer.Name, peers));
    }
}
