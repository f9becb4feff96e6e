using FastRing.Queues;

namespace FastRing.Workloads.Rings;

/// <summary>What a side does when it finds nothing, and how it tells the other. A struct parameter of the loops: each way of waiting is compiled by itself.</summary>
internal interface IWait
{
    /// <summary>Shows the device what was added.</summary>
    void Publish(DriverVirtqueue driver);

    /// <summary>Shows the driver what was completed.</summary>
    void Publish(Virtqueue device);

    /// <summary>The driver found no used buffer.</summary>
    void ForUsed(DriverVirtqueue driver);

    /// <summary>The device found no available buffer.</summary>
    void ForAvailable(Virtqueue device);
}
