using FastRing.Devices;
using FastRing.Interop;
using FastRing.Queues;

namespace FastRing.Console.Tests.Recovery;

/// <summary>One queue of a <see cref="KilledConsole"/>: the driver's side, which stays, and the device's.</summary>
internal sealed class KilledQueue(int index, DriverVirtqueue ring, RingLayout layout) : INotifier, IDisposable
{
    public int Index => index;

    public RingLayout Layout => layout;

    public DriverQueue Driver { get; } = new(ring, EventFd.Create(), EventFd.Create());

    /// <summary>The device's side, in the process that runs or was killed last.</summary>
    public Virtqueue? Device { get; set; }

    public void Notify() => Driver.Call.Signal();

    public void Dispose()
    {
        Driver.Kick.Dispose();
        Driver.Call.Dispose();
    }
}
