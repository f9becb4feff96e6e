using System.Diagnostics;
using System.Globalization;
using FastRing.Interop;
using FastRing.Queues;

namespace FastRing.Workloads.Rings;

/// <summary>
/// Sleeps on an eventfd until it is notified: ringtest's <c>--sleep</c>. Linux's tool burns 500 time-stamp cycles before and 500 after each
/// notification and each sleep, for the exits of a virtual machine, and can't be told not to; so this burns the same.
/// </summary>
internal readonly struct Sleep(EventFd kick, EventFd call) : IWait
{
    private static readonly long s_exitTicks = (long)(500 / TimeStampMegahertz() * Stopwatch.Frequency / 1_000_000);

    /// <summary>An eventfd that a read waits for.</summary>
    public static EventFd CreateEvent()
    {
        EventFd created = EventFd.Create();
        created.Fd.SetNonBlocking(false);
        return created;
    }

    public void Publish(DriverVirtqueue driver)
    {
        if (driver.Publish())
        {
            Notify(kick);
        }
    }

    public void Publish(Virtqueue device)
    {
        if (device.Publish())
        {
            Notify(call);
        }
    }

    public void ForUsed(DriverVirtqueue driver)
    {
        if (!driver.EnableNotifications())
        {
            WaitFor(call);
        }
    }

    public void ForAvailable(Virtqueue device)
    {
        if (!device.EnableNotifications())
        {
            WaitFor(kick);
        }
    }

    private static void Notify(EventFd fd)
    {
        BurnExit();
        fd.Signal();
        BurnExit();
    }

    private static void WaitFor(EventFd fd)
    {
        BurnExit();
        fd.Drain();
        BurnExit();
    }

    private static void BurnExit()
    {
        long start = Stopwatch.GetTimestamp();
        while (Stopwatch.GetTimestamp() - start < s_exitTicks)
        {
        }
    }

    private static double TimeStampMegahertz()
    {
        string? line = File.ReadLines("/proc/cpuinfo").FirstOrDefault(l => l.StartsWith("cpu MHz", StringComparison.Ordinal));
        return line is null ? 2600 : double.Parse(line[(line.IndexOf(':', StringComparison.Ordinal) + 1)..], CultureInfo.InvariantCulture);
    }
}
