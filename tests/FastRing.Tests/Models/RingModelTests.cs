using CsCheck;
using Xunit;

namespace FastRing.Tests.Models;

/// <summary>Random schedules of a driver and a device on a ring, against the lists a ring stands for.</summary>
public class RingModelTests
{
    private const int IndexRound = 0x1_0000;

    [Theory]
    [MemberData(nameof(RingVariant.All), MemberType = typeof(RingVariant))]
    public void A_ring_is_lists_at_every_size_and_its_notifications_are_never_lost(bool packed, bool inOrder, bool eventIndex, bool indirect)
    {
        var variant = new RingVariant(packed, inOrder, eventIndex, indirect);
        foreach (ushort size in variant.Sizes)
        {
            Schedule.Of(size, maxSteps: 240).Sample(
                schedule =>
                {
                    using var run = new ModelRun(schedule, variant);
                    run.Go();
                    run.Drain();
                },
                iter: size <= 64 ? 14 : 4);
        }
    }

    [Theory]
    [MemberData(nameof(RingVariant.All), MemberType = typeof(RingVariant))]
    public void A_ring_is_lists_where_its_indices_wrap_around(bool packed, bool inOrder, bool eventIndex, bool indirect)
    {
        var variant = new RingVariant(packed, inOrder, eventIndex, indirect);
        foreach (ushort size in variant.Sizes.Where(size => size <= 8 || size is 33 or 64 or >= 256))
        {
            Schedule.Of(size, maxSteps: 200).Sample(
                schedule =>
                {
                    using var run = new ModelRun(schedule, variant);
                    run.Churn(IndexRound - 20);
                    for (int i = 0; i < 3; i++)
                    {
                        run.Go();
                    }

                    run.Churn(IndexRound + 1);
                    run.Drain();
                    Assert.True(run.Completed > IndexRound);
                },
                iter: 1);
        }
    }
}
