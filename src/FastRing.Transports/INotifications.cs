namespace FastRing.Transports;

/// <summary>How a transport's notifications reach the driver.</summary>
internal interface INotifications
{
    void NotifyUsed(TransportQueue queue);

    void NotifyConfigChanged();

    /// <summary>The device was reset: nothing is pending any more.</summary>
    void Reset();
}
