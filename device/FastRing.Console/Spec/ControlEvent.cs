namespace FastRing.Console.Spec;

/// <summary>Events on the control queues (virtio 1.2, 5.3.6.2).</summary>
public enum ControlEvent : ushort
{
    /// <summary>Driver: the device is (1) or is not (0) usable. (<c>VIRTIO_CONSOLE_DEVICE_READY</c>)</summary>
    DeviceReady = 0,

    /// <summary>Device: a port came. (<c>VIRTIO_CONSOLE_PORT_ADD</c>, in Linux <c>VIRTIO_CONSOLE_PORT_ADD</c>)</summary>
    PortAdd = 1,

    /// <summary>Device: a port went. (<c>VIRTIO_CONSOLE_PORT_REMOVE</c>)</summary>
    PortRemove = 2,

    /// <summary>Driver: it can (1) or can't (0) use a port. (<c>VIRTIO_CONSOLE_PORT_READY</c>)</summary>
    PortReady = 3,

    /// <summary>Device: the port is a console. (<c>VIRTIO_CONSOLE_CONSOLE_PORT</c>)</summary>
    ConsolePort = 4,

    /// <summary>Device: a console's size. (<c>VIRTIO_CONSOLE_RESIZE</c>)</summary>
    Resize = 5,

    /// <summary>Both: the sender's side of a port is open (1) or closed (0). (<c>VIRTIO_CONSOLE_PORT_OPEN</c>)</summary>
    PortOpen = 6,

    /// <summary>Device: the port's name follows the message. (<c>VIRTIO_CONSOLE_PORT_NAME</c>)</summary>
    PortName = 7,
}
