using System.Diagnostics;

namespace FastRing.Workloads.Notify;

/// <summary>As many buffers as possible: what came back is offered again at once, until the ring is as full as it gets.</summary>
internal sealed class ThroughputLoop : IEchoLoop
{
    private const int Burst = 32;

    private readonly Stack<int> _free = new();

    /// <inheritdoc/>
    public long Run(EchoDriver driver, TimeSpan time, RoundTripTimes times)
    {
        long end = Stopwatch.GetTimestamp() + (long)(time.TotalSeconds * Stopwatch.Frequency);
        Fill(driver.Slots);
        long buffers = 0;
        bool isOver = false;
        while (!isOver || _free.Count < driver.Slots)
        {
            if (!isOver && _free.Count > 0)
            {
                Offer(driver);
            }

            int taken = Take(driver);
            buffers += taken;
            if (taken == 0)
            {
                driver.SleepUntilUsed();
            }

            isOver = isOver || Stopwatch.GetTimestamp() >= end;
        }

        return buffers;
    }

    private void Fill(int slots)
    {
        _free.Clear();
        for (int slot = 0; slot < slots; slot++)
        {
            _free.Push(slot);
        }
    }

    /// <summary>Shown to the device by bursts: it must not wait until a whole ring has been written.</summary>
    private void Offer(EchoDriver driver)
    {
        while (_free.Count > 0)
        {
            for (int i = 0; i < Burst && _free.TryPop(out int slot); i++)
            {
                driver.Offer(slot);
            }

            driver.Publish();
        }
    }

    private int Take(EchoDriver driver)
    {
        int taken = 0;
        for (int slot; taken < Burst && (slot = driver.Take()) >= 0; taken++)
        {
            _free.Push(slot);
        }

        return taken;
    }
}
