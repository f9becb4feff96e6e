using FastRing.Interop;
using FastRing.Queues;

namespace FastRing.Devices;

/// <summary>A driver's queue: the ring and the two event descriptors that go with it. Owned by its transport.</summary>
/// <param name="Ring">The driver's side of the ring.</param>
/// <param name="Kick">Signalled by the driver: buffers are available.</param>
/// <param name="Call">Signalled by the device: buffers are used.</param>
public sealed record DriverQueue(DriverVirtqueue Ring, EventFd Kick, EventFd Call)
{
    /// <summary>Shows the device everything added so far, and kicks it where it asked for that.</summary>
    /// <returns>Whether it had.</returns>
    public bool PublishAndKick()
    {
        bool kicks = Ring.Publish();
        if (kicks)
        {
            Kick.Signal();
        }

        return kicks;
    }
}
