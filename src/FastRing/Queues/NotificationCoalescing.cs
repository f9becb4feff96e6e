namespace FastRing.Queues;

/// <summary>
/// How used-buffer notifications are gathered: how many used buffers, or how much time, may pass before the driver is notified of
/// them. Immutable; given to <see cref="Virtqueue.Coalescing"/>, and may be replaced at any time.
/// <para>
/// Only the decision about the notification is put off. Used buffers are always shown at once, so a driver that polls sees them when
/// they are done. Whether the driver wants a notification (event index, <c>VIRTQ_AVAIL_F_NO_INTERRUPT</c>) is asked when it is decided.
/// </para>
/// </summary>
public sealed record NotificationCoalescing
{
    /// <summary>The longest <see cref="MaxDelay"/>.</summary>
    public static readonly TimeSpan LongestDelay = TimeSpan.FromSeconds(1);

    /// <summary>What <see cref="ByCount"/> waits when no more buffers come: 1 ms.</summary>
    public static readonly TimeSpan DefaultDelay = TimeSpan.FromMilliseconds(1);

    private NotificationCoalescing(int maxBuffers, TimeSpan maxDelay, bool isAdaptive)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maxBuffers, 1);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(maxDelay, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(maxDelay, LongestDelay);
        MaxBuffers = maxBuffers;
        MaxDelay = maxDelay;
        IsAdaptive = isAdaptive;
    }

    /// <summary>Every publication is decided at once. What queues do unless told otherwise.</summary>
    public static NotificationCoalescing Immediate { get; } = new(1, DefaultDelay, isAdaptive: false);

    /// <summary>
    /// Used buffers at which the driver is notified, 1 or more. A queue never waits for more than half its entries, so that a driver gets
    /// buffers back before it has none left.
    /// </summary>
    public int MaxBuffers { get; }

    /// <summary>The longest a notification is put off. Resolution 100 ns; a worker's timers are some microseconds late.</summary>
    public TimeSpan MaxDelay { get; }

    /// <summary>True when notifications are put off under load only.</summary>
    public bool IsAdaptive { get; }

    /// <summary>True when nothing is ever put off.</summary>
    public bool IsImmediate => MaxBuffers == 1;

    /// <summary>One notification for every <paramref name="maxBuffers"/> used buffers, or after <see cref="DefaultDelay"/>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Less than 1.</exception>
    public static NotificationCoalescing ByCount(int maxBuffers) => new(maxBuffers, DefaultDelay, isAdaptive: false);

    /// <summary>One notification <paramref name="maxDelay"/> after the first used buffer it is for.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Not above zero, or more than <see cref="LongestDelay"/>.</exception>
    public static NotificationCoalescing ByTime(TimeSpan maxDelay) => new(int.MaxValue, maxDelay, isAdaptive: false);

    /// <summary>Whichever comes first.</summary>
    /// <exception cref="ArgumentOutOfRangeException">As <see cref="ByCount"/> and <see cref="ByTime"/>.</exception>
    public static NotificationCoalescing ByCountOrTime(int maxBuffers, TimeSpan maxDelay) => new(maxBuffers, maxDelay, isAdaptive: false);

    /// <summary>
    /// Idle, which is when less than one publication comes in <paramref name="maxDelay"/>: at once. Busy: as <see cref="ByCountOrTime"/>, with a count that is
    /// learned, from one to <paramref name="maxBuffers"/>: more are tried as long as the driver goes on sending before it is notified; one that waits for a
    /// notification with n buffers under way is not kept waiting for more than half of them. Whether it would is tried again seldom: once in a thousand times.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">As <see cref="ByCount"/> and <see cref="ByTime"/>.</exception>
    public static NotificationCoalescing Adaptive(int maxBuffers, TimeSpan maxDelay) => new(maxBuffers, maxDelay, isAdaptive: true);
}
