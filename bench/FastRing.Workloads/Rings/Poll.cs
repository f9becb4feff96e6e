using FastRing.Queues;

namespace FastRing.Workloads.Rings;

/// <summary>Looks again at once.</summary>
internal readonly struct Poll : IWait
{
    public void Publish(DriverVirtqueue driver) => driver.PublishQuietly();

    public void Publish(Virtqueue device) => device.PublishQuietly();

    public void ForUsed(DriverVirtqueue driver)
    {
    }

    public void ForAvailable(Virtqueue device)
    {
    }
}
