namespace FastRing.Interop.Tests;

public class TimerSlackTests
{
    private const int PR_GET_TIMERSLACK = 30;

    [Fact]
    public void It_is_set_for_the_calling_thread_only()
    {
        int before = Native.prctl(PR_GET_TIMERSLACK, 0, 0, 0, 0);
        int seen = 0;
        Thread thread = new(() =>
        {
            TimerSlack.Set(1234);
            seen = Native.prctl(PR_GET_TIMERSLACK, 0, 0, 0, 0);
        });
        thread.Start();
        thread.Join();
        Assert.Equal((1234, before), (seen, Native.prctl(PR_GET_TIMERSLACK, 0, 0, 0, 0)));
        Assert.Throws<ArgumentOutOfRangeException>(() => TimerSlack.Set(0));
    }
}
