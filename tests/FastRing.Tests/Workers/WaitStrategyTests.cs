using FastRing.Workers;
using Xunit;

namespace FastRing.Tests.Workers;

public class WaitStrategyTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(1001)]
    public void A_budget_of_nothing_or_more_than_a_second_is_refused(int milliseconds) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => WaitStrategy.PollThenSleep(TimeSpan.FromMilliseconds(milliseconds)));

    [Fact]
    public void Strategies_say_what_they_do()
    {
        WaitStrategy adaptive = WaitStrategy.PollThenSleep(TimeSpan.FromSeconds(1));
        Assert.Equal((false, true, TimeSpan.Zero), (WaitStrategy.Sleep.Polls, WaitStrategy.Sleep.Sleeps, WaitStrategy.Sleep.MaxBudget));
        Assert.Equal((true, false, Timeout.InfiniteTimeSpan), (WaitStrategy.Poll.Polls, WaitStrategy.Poll.Sleeps, WaitStrategy.Poll.MaxBudget));
        Assert.Equal((true, true, WaitStrategy.LongestBudget), (adaptive.Polls, adaptive.Sleeps, adaptive.MaxBudget));
        Assert.Equal(WaitStrategy.PollThenSleep(TimeSpan.FromSeconds(1)), adaptive);
        Assert.NotEqual(WaitStrategy.Poll, adaptive);
    }
}
