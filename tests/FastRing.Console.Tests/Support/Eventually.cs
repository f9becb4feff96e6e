namespace FastRing.Console.Tests.Support;

/// <summary>Waits for what must come about. The deadline is there to end a broken test, not to measure.</summary>
internal static class Eventually
{
    private const int DeadlineMilliseconds = 20_000;

    public static void Is(Func<bool> condition, string what, TimeSpan? deadline = null)
    {
        long end = Environment.TickCount64 + (long)(deadline?.TotalMilliseconds ?? DeadlineMilliseconds);
        while (!condition())
        {
            Assert.True(Environment.TickCount64 < end, $"never came about: {what}");
            Thread.Sleep(0);
        }
    }
}
