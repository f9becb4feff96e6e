using System.Diagnostics;

namespace FastRing.Workloads.Notify;

/// <summary>One buffer after the other: the next is offered when the last came back.</summary>
internal sealed class RoundTripLoop : IEchoLoop
{
    /// <inheritdoc/>
    public long Run(EchoDriver driver, TimeSpan time, RoundTripTimes times)
    {
        long now = Stopwatch.GetTimestamp();
        long end = now + (long)(time.TotalSeconds * Stopwatch.Frequency);
        long buffers = 0;
        for (; now < end; buffers++)
        {
            long offered = now;
            driver.Offer(0);
            driver.Publish();
            while (driver.Take() < 0)
            {
                driver.SleepUntilUsed();
            }

            now = Stopwatch.GetTimestamp();
            times.Add(now - offered);
        }

        return buffers;
    }
}
