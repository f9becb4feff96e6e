namespace FastRing.Queues;

/// <summary>Ends what a queue holds back: calls its <see cref="Virtqueue.DecideNotification"/> in time, on the thread that owns the queue.</summary>
public interface INotificationTimer
{
    /// <summary>The time, in nanoseconds since some moment.</summary>
    long Now { get; }

    /// <summary>Calls it once <paramref name="delay"/> has passed, instead of whatever was started before.</summary>
    void Start(TimeSpan delay);
}
