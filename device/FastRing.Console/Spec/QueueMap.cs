namespace FastRing.Console.Spec;

/// <summary>Which queue is whose (virtio 1.2, 5.3.2): 0 and 1 port 0, 2 and 3 control, from 4 on port 1 and the others.</summary>
public static class QueueMap
{
    /// <summary>Device to driver control messages.</summary>
    public const int ControlReceive = 2;

    /// <summary>Driver to device control messages.</summary>
    public const int ControlTransmit = 3;

    /// <summary>Most ports a device has. 512 would need 1026 queues, QEMU's frontends stop at 1024.</summary>
    public const int MostPorts = 511;

    /// <summary>Queues of a device with that many ports.</summary>
    public static int QueueCount(int maxPorts) => (maxPorts + 1) * 2;

    /// <summary>The queue a port's driver receives from.</summary>
    public static int ReceiveQueue(int port) => port == 0 ? 0 : (port + 1) * 2;

    /// <summary>The queue a port's driver transmits to.</summary>
    public static int TransmitQueue(int port) => ReceiveQueue(port) + 1;

    /// <summary>The port of a queue that is not a control queue.</summary>
    public static int PortOf(int queue) => queue < 2 ? 0 : (queue / 2) - 1;

    /// <summary>Whether the driver transmits to that queue.</summary>
    public static bool IsTransmit(int queue) => (queue & 1) == 1;
}
