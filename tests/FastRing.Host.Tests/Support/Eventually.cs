namespace FastRing.Host.Tests.Support;

/// <summary>Waits for what must come about. The deadline is there to end a broken test, not to measure.</summary>
internal static class Eventually
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    public static async Task IsAsync(Func<bool> condition, string what)
    {
        long end = Environment.TickCount64 + (long)Patience.TotalMilliseconds;
        while (!condition())
        {
            Assert.True(Environment.TickCount64 < end, $"never came about: {what}");
            await Task.Delay(1);
        }
    }
}
