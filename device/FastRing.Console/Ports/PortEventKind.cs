namespace FastRing.Console.Ports;

/// <summary>What can happen to a port.</summary>
public enum PortEventKind
{
    /// <summary>The device has a port more.</summary>
    Added,

    /// <summary>The device has it no more. Nothing else is said of this port.</summary>
    Removed,

    /// <summary>The guest's driver set the port up (<c>PORT_READY</c> 1).</summary>
    GuestReady,

    /// <summary>The guest's driver could not set the port up (<c>PORT_READY</c> 0).</summary>
    GuestFailed,

    /// <summary>A program in the guest opened the port.</summary>
    GuestOpened,

    /// <summary>It closed it, or its guest is gone.</summary>
    GuestClosed,

    /// <summary>Somebody came on the host's side.</summary>
    HostOpened,

    /// <summary>Nobody is there any more.</summary>
    HostClosed,

    /// <summary>A client was let in on the host's side; the detail says who.</summary>
    ClientAccepted,

    /// <summary>A client was turned away on the host's side; the detail says who and why.</summary>
    ClientRefused,

    /// <summary>Its limits were changed.</summary>
    LimitsChanged,

    /// <summary>Its terminal has another size.</summary>
    Resized,

    /// <summary>The device: the guest's driver is there (<c>DEVICE_READY</c> 1).</summary>
    DriverReady,

    /// <summary>The device: the guest's driver could not set it up (<c>DEVICE_READY</c> 0).</summary>
    DriverFailed,

    /// <summary>The device: the guest was reset, or is gone.</summary>
    DriverReset,

    /// <summary>The device: its guest was brought back from a saved state; the detail says which time this is (<see cref="ConsoleDevice.Epoch"/>).</summary>
    Restored,

    /// <summary>The device: it went on where one was killed.</summary>
    Recovered,

    /// <summary>The device: the driver sent a control message that means nothing. Said at most once a second; <see cref="ConsoleDevice.Counters"/> counts.</summary>
    BadControl,
}
