using FastRing.Workers;
using Xunit;

namespace FastRing.Tests.Workers;

public class PollBudgetTests
{
    private const long Max = 100_000;

    [Fact]
    public void It_doubles_up_to_the_most_while_work_comes_within_that()
    {
        var budget = default(PollBudget);
        var seen = new List<long>();
        for (int i = 0; i < 6; i++)
        {
            budget.Adapt(Max, Max);
            seen.Add(budget.Nanoseconds);
        }

        Assert.Equal([10_000, 20_000, 40_000, 80_000, Max, Max], seen);
    }

    [Fact]
    public void It_is_halved_by_work_that_came_later_than_the_most_until_nothing_is_left()
    {
        var budget = default(PollBudget);
        for (int i = 0; i < 5; i++)
        {
            budget.Adapt(1, Max);
        }

        var seen = new List<long>();
        for (int i = 0; i < 5; i++)
        {
            budget.Adapt(Max + 1, Max);
            seen.Add(budget.Nanoseconds);
        }

        Assert.Equal([50_000, 25_000, 12_500, 0, 0], seen);
    }

    [Fact]
    public void A_most_below_the_first_step_is_kept_to()
    {
        var budget = default(PollBudget);
        budget.Adapt(1, 500);
        Assert.Equal(500, budget.Nanoseconds);
    }
}
