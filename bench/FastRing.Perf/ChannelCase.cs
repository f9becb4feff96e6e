using System.Globalization;

namespace FastRing.Perf;

/// <summary>A size of blocks and a direction.</summary>
internal sealed record ChannelCase(int BlockBytes, bool ToHost)
{
    private const int LeastBytes = 16 << 10;
    private const int Growth = 8;

    public static IReadOnlyList<ChannelCase> All { get; } = [.. new[] { 512, 4096, 32768 }.SelectMany(size => new[] { new ChannelCase(size, true), new(size, false) })];

    public string Name => string.Create(CultureInfo.InvariantCulture, $"{BlockBytes}-{(ToHost ? "to-host" : "to-guest")}");

    public ChannelPart Part(long blocks) => new(ToHost ? ChannelPartKind.Give : ChannelPartKind.Take, BlockBytes, Math.Max(2, blocks));

    /// <summary>Finds how many blocks take a channel about so long; everything is compiled and warm after that.</summary>
    public async Task<ChannelPart> SizeAsync(ByteChannel channel, double seconds)
    {
        ChannelPart part = Part(LeastBytes / BlockBytes);
        while (true)
        {
            ChannelSample sample = await ChannelTransfer.MoveAsync(channel, part);
            if (sample.Seconds >= seconds / Growth)
            {
                return Part((long)(part.Blocks * seconds / sample.Seconds));
            }

            part = Part(part.Blocks * Growth);
        }
    }
}
