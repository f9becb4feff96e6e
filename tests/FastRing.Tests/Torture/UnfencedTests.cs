using FastRing.Tests.Torture.Unfenced;
using Xunit;

namespace FastRing.Tests.Torture;

/// <summary>That the rig of <see cref="TortureTests"/> sees what it looks for: without a full fence, whichever it is, wake-ups are lost, with all of them none.</summary>
[Collection(nameof(Alone))]
public class UnfencedTests
{
    private const int InFlight = 16;
    private const int Enough = 10;
    private const long Most = 200_000_000;

    /// <summary>Layout and event index, with each way to wait that sleeps at all: who polls for ever asks for nothing, and needs no fence.</summary>
    public static TheoryData<bool, bool, Waiting> Rings
    {
        get
        {
            var rings = new TheoryData<bool, bool, Waiting>();
            foreach (Waiting waiting in new[] { Waiting.Sleep, Waiting.PollThenSleep })
            {
                for (int bits = 0; bits < 4; bits++)
                {
                    rings.Add((bits & 2) != 0, (bits & 1) != 0, waiting);
                }
            }

            return rings;
        }
    }

    [Theory]
    [MemberData(nameof(Rings))]
    public void Without_its_fences_the_handshake_loses_wake_ups(bool packed, bool eventIndex, Waiting waiting) =>
        LosesWakeUps<NoFence>(packed, eventIndex, waiting);

    [Theory]
    [MemberData(nameof(Rings))]
    public void Without_the_fence_after_publishing_alone_it_loses_wake_ups(bool packed, bool eventIndex, Waiting waiting) =>
        LosesWakeUps<NoFenceAfterPublishing>(packed, eventIndex, waiting);

    [Theory]
    [MemberData(nameof(Rings))]
    public void Without_the_fence_after_asking_alone_it_loses_wake_ups(bool packed, bool eventIndex, Waiting waiting) =>
        LosesWakeUps<NoFenceAfterAsking>(packed, eventIndex, waiting);

    [Theory]
    [MemberData(nameof(Rings))]
    public void With_its_fences_it_loses_none(bool packed, bool eventIndex, Waiting waiting)
    {
        TwoThreadRun run = Go<Fence>(packed, eventIndex, waiting, messages: 300_000);
        Assert.Equal(0, run.Lost);
        Assert.True(run.DeviceSleeps > 0 && run.DriverSleeps > 0, $"{run.DeviceSleeps} and {run.DriverSleeps} sleeps");
    }

    private static void LosesWakeUps<TFence>(bool packed, bool eventIndex, Waiting waiting)
        where TFence : struct, IFence
    {
        TwoThreadRun run = Go<TFence>(packed, eventIndex, waiting, Most);
        Assert.True(run.Lost >= Enough, $"{run.Lost} lost wake-ups, {run.DeviceSleeps} and {run.DriverSleeps} sleeps");
    }

    private static TwoThreadRun Go<TFence>(bool packed, bool eventIndex, Waiting waiting, long messages)
        where TFence : struct, IFence
    {
        (IDriverSide driver, IDeviceSide device) = packed ? Packed() : Split();
        var run = new TwoThreadRun(driver, device, waiting, InFlight);
        run.Go(messages, Enough);
        return run;

        (IDriverSide, IDeviceSide) Split()
        {
            var ring = new SplitHandshake<TFence>(eventIndex);
            return (new SplitHandshake<TFence>.Driver(ring), new SplitHandshake<TFence>.Device(ring));
        }

        (IDriverSide, IDeviceSide) Packed()
        {
            var ring = new PackedHandshake<TFence>(eventIndex);
            return (new PackedHandshake<TFence>.Driver(ring), new PackedHandshake<TFence>.Device(ring));
        }
    }
}
