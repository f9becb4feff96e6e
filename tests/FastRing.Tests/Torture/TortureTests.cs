using System.Globalization;
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

    /// <summary>Messages of each ring. FASTRING_TORTURE_MESSAGES=1000000000 makes a run of hours of it.</summary>
    private static readonly long s_messages = long.TryParse(
        Environment.GetEnvironmentVariable("FASTRING_TORTURE_MESSAGES"), CultureInfo.InvariantCulture, out long messages) ? messages : (Total / 24) + 1;

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
        Run(new RingVariant(packed, inOrder, eventIndex, Indirect: false), waiting, s_messages);

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
