using FastRing.Queues;

namespace FastRing.Workloads.Rings;

/// <summary>Looks again after a PAUSE: ringtest's <c>--relax</c>.</summary>
internal readonly struct Pause : IWait
{
    public void Publish(DriverVirtqueue driver) => driver.PublishQuietly();

    public void Publish(Virtqueue device) => device.PublishQuietly();

    public void ForUsed(DriverVirtqueue driver) => SpinHint.Pause();

    public void ForAvailable(Virtqueue device) => SpinHint.Pause();
}
