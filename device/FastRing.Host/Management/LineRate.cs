namespace FastRing.Host.Management;

/// <summary>How often a line may be logged that others can cause. Any thread.</summary>
internal sealed class LineRate(TimeSpan between)
{
    private long _next;

    public bool MayWrite()
    {
        long now = Environment.TickCount64;
        long next = Interlocked.Read(ref _next);
        return now >= next && Interlocked.CompareExchange(ref _next, now + (long)between.TotalMilliseconds, next) == next;
    }
}
