using FastRing.Host.Keeping;

namespace FastRing.Host.Tests.Keeping;

public sealed class RestartPaceTests
{
    private static readonly TimeSpan s_served = TimeSpan.FromSeconds(1);

    [Fact]
    public void A_worker_that_served_is_replaced_at_once_however_often()
    {
        var pace = new RestartPace();
        Assert.All(Enumerable.Range(0, 1000), _ => Assert.Equal(TimeSpan.Zero, pace.Died(s_served)));
    }

    [Fact]
    public void Those_that_die_at_once_are_replaced_ever_later_up_to_a_limit()
    {
        var pace = new RestartPace();
        TimeSpan[] delays = [.. Enumerable.Range(0, 100).Select(i => pace.Died(i % 2 == 0 ? null : TimeSpan.FromMilliseconds(50)))];
        Assert.Equal([0, 0, 0, 50, 100, 200], delays.Take(6).Select(d => d.TotalMilliseconds));
        Assert.Equal(delays.Order(), delays);
        Assert.Equal(TimeSpan.FromSeconds(10), delays[^1]);
    }

    [Fact]
    public void Who_serves_makes_up_for_one_and_who_serves_long_for_all()
    {
        var pace = new RestartPace();
        for (int i = 0; i < 6; i++)
        {
            pace.Died(null);
        }

        Assert.Equal(TimeSpan.FromMilliseconds(100), pace.Died(s_served));
        Assert.Equal(5, pace.Failures);
        Assert.Equal(TimeSpan.Zero, pace.Died(TimeSpan.FromMinutes(1)));
        Assert.Equal(0, pace.Failures);
    }
}
