namespace FastRing.Devices;

/// <summary>What a device can ask of the transport it is attached to. Worker thread only.</summary>
public interface IDeviceTransport
{
    /// <summary>Tells the driver that the configuration space changed. Lost without harm when the driver does not listen.</summary>
    void NotifyConfigChanged();

    /// <summary>A queue's ring turned out malformed: the transport signals its error descriptor and counts.</summary>
    void QueueBroken(int index, Queues.VirtqueueError reason);
}
