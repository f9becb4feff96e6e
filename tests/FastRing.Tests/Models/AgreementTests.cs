using CsCheck;
using Xunit;

namespace FastRing.Tests.Models;

/// <summary>The layouts are two ways to write down the same thing, and the features that change the way change nothing else.</summary>
public class AgreementTests
{
    private static readonly ushort[] s_sizes = [1, 2, 4, 8, 16, 32, 64, 256, 1024, 32768];

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Split_and_packed_rings_show_their_users_the_same(bool indirect)
    {
        foreach (ushort size in s_sizes)
        {
            Schedule.Of(size, maxSteps: 300).Select(Gen.Bool, Gen.Bool).Sample(
                (schedule, inOrder, eventIndex) =>
                {
                    var split = new RingVariant(Packed: false, inOrder, eventIndex, indirect);
                    List<Observation> expected = Watch(schedule, split);
                    Assert.Equal(expected, Watch(schedule, split with { Packed = true }));
                    Assert.Equal(expected, Watch(schedule, split with { Packed = true, EventIndex = !eventIndex }));
                },
                iter: size <= 256 ? 30 : 6);
        }
    }

    private static List<Observation> Watch(Schedule schedule, RingVariant variant)
    {
        using var run = new ModelRun(schedule, variant, records: true);
        run.Go();
        run.Drain();
        return run.Seen!;
    }
}
