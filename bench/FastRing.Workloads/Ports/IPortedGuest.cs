using FastRing.Console.Driver;
using FastRing.Interop;

namespace FastRing.Workloads.Ports;

/// <summary>A driver with ports, whatever way it has to its device.</summary>
internal interface IPortedGuest
{
    /// <summary>The device's queues.</summary>
    RecordedQueues Queues { get; }

    /// <summary>Opens a port, once the host's side of it is open.</summary>
    DriverPort Open(string name);

    /// <summary>Where a queue's notifications come from here on; a read of it waits.</summary>
    EventFd CallOf(int queue);
}
