namespace FastRing.Agent.Tests.Support;

/// <summary>Deadlines. They end broken tests and measure nothing.</summary>
internal static class Patience
{
    public static readonly TimeSpan Long = TimeSpan.FromSeconds(60);

    /// <summary>Long enough to see that nothing comes.</summary>
    public static readonly TimeSpan Moment = TimeSpan.FromMilliseconds(100);

    public static async Task UntilAsync(Func<bool> condition, string what)
    {
        long end = Environment.TickCount64 + (long)Long.TotalMilliseconds;
        while (!condition())
        {
            Assert.True(Environment.TickCount64 < end, $"never came about: {what}");
            await Task.Delay(1);
        }
    }
}
