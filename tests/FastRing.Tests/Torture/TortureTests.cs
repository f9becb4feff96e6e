using FastRing.Tests.Models;
using Xunit;

namespace FastRing.Tests.Torture;

/// <summary>
/// The full fences between showing and asking, on real rings. Without any one of them a wake-up is lost within seconds:
/// <see cref="UnfencedTests"/> shows that this rig sees it.
/// </summary>
[Collection(nameof(Alone))]
public class TortureTests
{
    private const int InFlight = 16;
    private const long Total = 10_000_000;

    /// <summary>Layout, order and event index, with each way to wait.</summary>
    public static TheoryData<bool, bool, bool, Waiting> Rings
    {
        get
        {
            var rings = new TheoryData<bool, bool, bool, Waiting>();
            for (int bits = 0; bits < 8; bits++)
            {
                foreach (Waiting waiting in Enum.GetValues<Waiting>())
                {
                    rings.Add((bits & 4) != 0, (bits & 2) != 0, (bits & 1) != 0, waiting);
                }
            }

            return rings;
        }
    }

    [Theory]
    [MemberData(nameof(Rings))]
    public void No_message_and_no_wake_up_is_lost(bool packed, bool inOrder, bool eventIndex, Waiting waiting) =>
        Run(new RingVariant(packed, inOrder, eventIndex, Indirect: false), waiting, (Total / Rings.Count) + 1);

    /// <summary>Hours. The same, a thousand million messages each.</summary>
    [Theory(Explicit = true)]
    [MemberData(nameof(Rings))]
    public void No_message_and_no_wake_up_is_lost_in_a_thousand_million(bool packed, bool inOrder, bool eventIndex, Waiting waiting) =>
        Run(new RingVariant(packed, inOrder, eventIndex, Indirect: false), waiting, 1_000_000_000);

    private static void Run(RingVariant variant, Waiting waiting, long messages)
    {
        using var pair = new QueuePair(2 * InFlight, variant.Features);
        var run = new TwoThreadRun(
            new RingDriverSide(pair, InFlight, variant.InOrder), new RingDeviceSide(pair.Device, variant.InOrder), waiting, InFlight);
        run.Go(messages, losses: long.MaxValue);
        Assert.Equal(0, run.Lost);
        bool sleeps = waiting != Waiting.Poll;
        Assert.Equal(sleeps, run.DeviceSleeps > 0);
        Assert.Equal(sleeps, run.DriverSleeps > 0);
    }
}
