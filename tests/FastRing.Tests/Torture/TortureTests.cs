using System.Diagnostics;
using System.Globalization;
using FastRing.Tests.Models;
using Xunit;

namespace FastRing.Tests.Torture;

/// <summary>
/// The full fences between showing and asking, on real rings. Without any one of them a wake-up is lost within seconds:
/// <see cref="UnfencedTests"/> shows that this rig sees it. <c>tests/run.sh torture</c> makes a run of hours of it.
/// </summary>
[Collection(nameof(Alone))]
public class TortureTests(ITestOutputHelper output)
{
    private const int InFlight = 16;
    private const long Usual = 1_000_000; // 13 million in all: a sleeping pair makes some 300,000 a second.
    private const int InOrderPart = 10;

    /// <summary>Messages of each ring.</summary>
    private static readonly long s_messages = long.TryParse(
        Environment.GetEnvironmentVariable("FASTRING_TORTURE_MESSAGES"), CultureInfo.InvariantCulture, out long messages) ? messages : Usual;

    /// <summary>Layout and event index, with each way to wait.</summary>
    public static TheoryData<bool, bool, Waiting> Rings
    {
        get
        {
            var rings = new TheoryData<bool, bool, Waiting>();
            for (int bits = 0; bits < 4; bits++)
            {
                foreach (Waiting waiting in Enum.GetValues<Waiting>())
                {
                    rings.Add((bits & 2) != 0, (bits & 1) != 0, waiting);
                }
            }

            return rings;
        }
    }

    [Theory]
    [MemberData(nameof(Rings))]
    public void No_message_and_no_wake_up_is_lost(bool packed, bool eventIndex, Waiting waiting) =>
        Run(new RingVariant(packed, InOrder: false, eventIndex, Indirect: false), waiting, s_messages);

    [Theory]
    [MemberData(nameof(Rings))]
    public void No_message_and_no_wake_up_is_lost_in_order(bool packed, bool eventIndex, Waiting waiting) =>
        Run(new RingVariant(packed, InOrder: true, eventIndex, Indirect: false), waiting, s_messages / InOrderPart);

    private void Run(RingVariant variant, Waiting waiting, long messages)
    {
        using var pair = new QueuePair(2 * InFlight, variant.Features);
        var run = new TwoThreadRun(
            new RingDriverSide(pair, InFlight, variant.InOrder), new RingDeviceSide(pair.Device, variant.InOrder), waiting, InFlight);
        long start = Stopwatch.GetTimestamp();
        run.Go(messages, losses: long.MaxValue);
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{(variant.Packed ? "packed" : "split")}{(variant.InOrder ? ", in order" : "")}, event index {(variant.EventIndex ? "on" : "off")}, {waiting}: {messages} messages, {Stopwatch.GetElapsedTime(start).TotalSeconds:0.0} s, {run.Lost} lost wake-ups"));
        Assert.Equal(0, run.Lost);
        bool sleeps = waiting != Waiting.Poll;
        Assert.Equal(sleeps, run.DeviceSleeps > 0);
        Assert.Equal(sleeps, run.DriverSleeps > 0);
    }
}
