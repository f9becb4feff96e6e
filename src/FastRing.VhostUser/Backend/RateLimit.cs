namespace FastRing.VhostUser.Backend;

/// <summary>Lets one event of each class pass a second, so that nobody outside can fill a log. One thread.</summary>
internal sealed class RateLimit(int classes)
{
    private const long PeriodMilliseconds = 1000;
    private readonly long[] _next = new long[classes];

    public bool TryPass(int eventClass)
    {
        long now = Environment.TickCount64;
        if (now < _next[eventClass])
        {
            return false;
        }

        _next[eventClass] = now + PeriodMilliseconds;
        return true;
    }
}
