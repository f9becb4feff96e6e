using FastRing.Console.Ports;

namespace FastRing.Console.Tests.Ports;

public sealed class RateMeterTests
{
    private const long Millisecond = 1_000_000;
    private const long Second = 1000 * Millisecond;

    [Fact]
    public void Without_a_limit_everything_passes()
    {
        var meter = new RateMeter(0);
        meter.Spend(long.MaxValue, 0);

        Assert.Equal(long.MaxValue, meter.Available(0));
    }

    [Fact]
    public void A_burst_of_20_milliseconds_passes_at_once_and_then_as_much_as_time()
    {
        var meter = new RateMeter(1000);
        long now = 5 * Second;

        Assert.Equal(20, meter.Available(now));
        meter.Spend(20, now);
        Assert.Equal(0, meter.Available(now));
        Assert.Equal(7, meter.Available(now + (7 * Millisecond)));
        Assert.Equal(20, meter.Available(now + Second)); // What was not used is not saved up.
    }

    [Fact]
    public void More_than_there_was_is_paid_for_later()
    {
        var meter = new RateMeter(1000);
        meter.Spend(1020, Second);

        Assert.True(meter.Available(2 * Second) <= 0);
        Assert.Equal(1, meter.Available((2 * Second) + Millisecond));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(49)]
    [InlineData(1_000_000)]
    [InlineData(long.MaxValue)]
    public void Once_it_is_ready_something_is_available_however_slow_it_is(long perSecond)
    {
        var meter = new RateMeter(perSecond);
        long now = Second;
        for (int i = 0; i < 10; i++)
        {
            Assert.True(meter.Available(now) > 0, $"nothing at {now}");
            meter.Spend(meter.Available(now), now);
            now = Math.Max(meter.ReadyAt, now);
        }
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(10, 3)]
    [InlineData(1000, 50)]
    [InlineData(1_000_000, 4096)]
    public void Over_any_time_no_more_passes_than_the_rate_and_a_burst_and_a_buffer(long perSecond, long buffer)
    {
        var meter = new RateMeter(perSecond);
        var random = new Random(7);
        long now = Second;
        long passed = 0;
        for (int i = 0; i < 10_000; i++)
        {
            while (meter.Available(now) > 0)
            {
                meter.Spend(buffer, now);
                passed += buffer;
            }

            double seconds = (double)(now - Second) / Second;
            Assert.True(passed <= (perSecond * (seconds + 0.02)) + buffer + 1, $"{passed} in {seconds} s");
            now += random.NextInt64(10 * Millisecond);
        }

        Assert.True(passed >= perSecond * (double)(now - Second) / Second * 0.9 - buffer, $"only {passed}");
    }

    [Fact]
    public void The_largest_figures_do_not_run_over()
    {
        var meter = new RateMeter(1);
        for (int i = 0; i < 10; i++)
        {
            meter.Spend(long.MaxValue, Second);
            Assert.True(meter.Available(Second) <= 0);
            Assert.True(meter.ReadyAt > Second);
        }
    }

    [Fact]
    public void Of_two_limits_the_narrower_counts()
    {
        var meters = new RateMeters(new RateLimit(BytesPerSecond: 1_000_000, MessagesPerSecond: 100));
        Turn turn = meters.Begin(65536, Second);
        Assert.Equal((20_000L, 2L), (turn.Budget, turn.ChainsLeft));

        turn.Spend(10, 2);
        meters.End(turn, Second);

        Assert.True(meters.Begin(65536, Second).IsOver);
        Assert.False(meters.Begin(65536, meters.ReadyAt).IsOver);
        Assert.True(meters.Begin(100, Second + (100 * Millisecond)).Budget == 100);
    }
}
