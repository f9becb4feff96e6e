using System.Globalization;

namespace FastRing.Perf;

/// <summary>What the far end of a channel does: send blocks, take blocks, or send back what comes.</summary>
/// <param name="Kind">Which of them.</param>
/// <param name="BlockBytes">Bytes of a read or write there.</param>
/// <param name="Blocks">How many.</param>
internal sealed record ChannelPart(ChannelPartKind Kind, int BlockBytes, long Blocks)
{
    /// <summary>All bytes that move one way.</summary>
    public long Bytes => BlockBytes * Blocks;

    /// <summary>The commands of a guest's shell that do it, on their standard input and output. What comes to it is lost on a serial line nobody has opened: it says with a byte when it is ready, and one that takes with another when it has all.</summary>
    public string Shell
    {
        get
        {
            string blocks = string.Create(CultureInfo.InvariantCulture, $"bs={BlockBytes} count={Blocks}");
            return Kind switch
            {
                ChannelPartKind.Give => $"dd if=/dev/zero {blocks} 2>/dev/null",
                ChannelPartKind.Take => $"echo; dd of=/dev/null {blocks} iflag=fullblock 2>/dev/null; echo",
                _ => $"echo; dd {blocks} iflag=fullblock 2>/dev/null",
            };
        }
    }
}
