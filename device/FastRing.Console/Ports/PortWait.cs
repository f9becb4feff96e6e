namespace FastRing.Console.Ports;

/// <summary>What stands between a port and its use: the first thing that is missing.</summary>
public enum PortWait
{
    /// <summary>Nothing: both sides have it open.</summary>
    Nothing,

    /// <summary>The guest has not started its driver: it is booting, or has none.</summary>
    Driver,

    /// <summary>The guest's driver knows of the device, and has not set the port up yet.</summary>
    GuestPort,

    /// <summary>The guest's driver could not set the port up.</summary>
    Failed,

    /// <summary>No program in the guest has opened the port.</summary>
    GuestOpen,

    /// <summary>Nobody is there on the host's side.</summary>
    HostOpen,

    /// <summary>The port was removed.</summary>
    Removed,
}
