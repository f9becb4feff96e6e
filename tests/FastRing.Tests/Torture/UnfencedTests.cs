using FastRing.Tests.Torture.Unfenced;
using Xunit;

namespace FastRing.Tests.Torture;

/// <summary>That the rig of <see cref="TortureTests"/> sees what it looks for: without the full fences wake-ups are lost, with them none.</summary>
[Collection(nameof(Alone))]
public class UnfencedTests
{
    private const int InFlight = 16;
    private const int Enough = 10;

    [Theory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public void Without_its_fences_the_handshake_loses_wake_ups(bool packed, bool eventIndex)
    {
        TwoThreadRun run = Go<NoFence>(packed, eventIndex, messages: 200_000_000);
        Assert.True(run.Lost >= Enough, $"{run.Lost} lost wake-ups, {run.DeviceSleeps} and {run.DriverSleeps} sleeps");
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public void With_its_fences_it_loses_none(bool packed, bool eventIndex)
    {
        TwoThreadRun run = Go<Fence>(packed, eventIndex, messages: 300_000);
        Assert.Equal(0, run.Lost);
        Assert.True(run.DeviceSleeps > 0 && run.DriverSleeps > 0, $"{run.DeviceSleeps} and {run.DriverSleeps} sleeps");
    }

    private static TwoThreadRun Go<TFence>(bool packed, bool eventIndex, long messages)
        where TFence : struct, IFence
    {
        (IDriverSide driver, IDeviceSide device) = packed ? Packed() : Split();
        var run = new TwoThreadRun(driver, device, Waiting.Sleep, InFlight);
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
