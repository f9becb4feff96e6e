namespace FastRing.Transports.Tests.Support;

/// <summary>How long a test waits for what must come.</summary>
internal static class Patience
{
    public const int Milliseconds = 30_000;

    public static void Await(Func<bool> condition, string what)
    {
        long end = Environment.TickCount64 + Milliseconds;
        while (!condition())
        {
            Assert.True(Environment.TickCount64 < end, $"still not: {what}");
            Thread.Yield();
        }
    }
}
