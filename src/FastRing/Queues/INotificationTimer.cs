namespace FastRing.Queues;

/// <summary>
/// Ends what a queue puts off, in time, on the thread that owns it: as its <see cref="Virtqueue.NotificationTimer"/> it calls
/// <see cref="Virtqueue.DecideNotification"/>, as its <see cref="Virtqueue.LookTimer"/> it has the device look at the queue.
/// </summary>
public interface INotificationTimer
{
    /// <summary>The time, in nanoseconds since some moment.</summary>
    long Now { get; }

    /// <summary>Calls it once <paramref name="delay"/> has passed, instead of whatever was started before.</summary>
    void Start(TimeSpan delay);
}
