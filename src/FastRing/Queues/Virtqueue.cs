using FastRing.Interop;
using FastRing.Memory;
using FastRing.Spec;

namespace FastRing.Queues;

/// <summary>
/// The device side of a virtqueue, whatever its layout. One thread owns it. The loop every device runs:
/// <code>
/// do
/// {
///     queue.SuppressNotifications();
///     while (queue.Pop(batch) > 0)
///     {
///         nint taken = fd.WriteVector(batch.Segments);   // or -errno
///         queue.Complete(batch, batch.Consume((nuint)Math.Max(taken, 0)));
///     }
///     queue.PublishAndNotify();
/// }
/// while (batch.Count == 0 &amp;&amp; queue.EnableNotifications());   // true: buffers came in the meantime
/// </code>
/// Each member is one virtual call for a whole batch; behind it stands <see cref="Virtqueue{TRing}"/>, compiled for one
/// layout and one set of features, chosen when the ring starts.
/// </summary>
public abstract class Virtqueue
{
    private NotificationCoalescing _coalescing = NotificationCoalescing.Immediate;
    private NotificationHold _hold;
    private PeriodicLook _look;

    private protected Virtqueue(ushort size) => Size = size;

    /// <summary>Entries of the ring.</summary>
    public ushort Size { get; }

    /// <summary>Why the queue stopped, or <see cref="VirtqueueError.None"/>. A broken queue yields no chains and publishes nothing.</summary>
    public VirtqueueError Error { get; private protected set; }

    /// <summary>What happened so far.</summary>
    public VirtqueueCounters Counters { get; } = new();

    /// <summary>Where notifications go. Set before the queue is used; null: to nobody.</summary>
    public INotifier? Notifier { get; set; }

    /// <summary>Ends what <see cref="Coalescing"/> puts off. Null: then nothing is put off, whatever the policy. Set by the transport.</summary>
    public INotificationTimer? NotificationTimer { get; set; }

    /// <summary>How notifications are gathered. On the queue's thread, at any time; what was held under the old policy is decided first.</summary>
    public NotificationCoalescing Coalescing
    {
        get => _coalescing;
        set
        {
            ArgumentNullException.ThrowIfNull(value);
            DecideNotification();
            _coalescing = value;
        }
    }

    /// <summary>
    /// How long the buffers of a busy driver may wait until the device looks for them, instead of being notified of each; zero: it is always notified. On the queue's
    /// thread, at any time. See <see cref="AwaitBuffers"/>.
    /// </summary>
    public TimeSpan LookDelay { get; set; }

    /// <summary>Has the device look at the queue again. Null: <see cref="LookDelay"/> is nothing. Set by the transport.</summary>
    public INotificationTimer? LookTimer { get; set; }

    /// <summary>True when the driver has made a buffer available that was not popped yet.</summary>
    public abstract bool HasAvailable { get; }

    /// <summary>Index of the oldest chain not completed, in the form of <c>VHOST_USER_GET_VRING_BASE</c>. Exact for devices that complete in order.</summary>
    public abstract uint Base { get; }

    /// <summary>Used buffers published since the last decision about a notification.</summary>
    internal abstract uint Undecided { get; }

    /// <summary>Checks a setup against guest memory and makes the queue for it.</summary>
    /// <param name="setup">What the driver said. Untrusted.</param>
    /// <param name="memory">The map the ring and all buffers lie in. The caller holds it while the queue is in use.</param>
    /// <param name="queue">The queue, when the result is <see cref="VirtqueueError.None"/>.</param>
    public static VirtqueueError TryCreate(in VirtqueueSetup setup, GuestMemory memory, out Virtqueue? queue) =>
        DeviceRing.TryCreate(setup, new PhysicalMemory(memory), out queue);

    /// <summary>The same for a driver whose addresses are I/O virtual ones, because <see cref="VirtioFeatures.AccessPlatform"/> was negotiated.</summary>
    /// <param name="setup">What the driver said. Untrusted. The areas' addresses are I/O virtual ones too.</param>
    /// <param name="translation">The queue's own; the memory it leads to stays mapped while the queue is in use.</param>
    /// <param name="queue">The queue, when the result is <see cref="VirtqueueError.None"/>.</param>
    /// <returns><see cref="VirtqueueError.NotTranslated"/>: try again when <see cref="QueueTranslation.Answer"/> says so.</returns>
    public static VirtqueueError TryCreate(in VirtqueueSetup setup, QueueTranslation translation, out Virtqueue? queue) =>
        DeviceRing.TryCreate(setup, new PlatformMemory(translation), out queue);

    /// <summary>Takes available chains into <paramref name="batch"/>, behind those it holds: those of one look at the ring, as far as there is room.</summary>
    /// <returns>Chains taken; the driver may have made more available meanwhile. 0 when there is none, when the batch is full, or when the queue is or became broken.</returns>
    public abstract int Pop(ChainBatch batch);

    /// <summary>Gives the <paramref name="count"/> oldest chains of <paramref name="batch"/> back. The driver sees them at the next publication.</summary>
    public abstract void Complete(ChainBatch batch, int count);

    /// <summary>Takes available chains into arrays of the caller's.</summary>
    /// <param name="chains">Gets the chains; as many as it is long at the most.</param>
    /// <param name="segments">Gets their buffers; chain i has those from its <see cref="DescriptorChain.FirstSegment"/> on, readable ones first.</param>
    /// <param name="segmentCount">Segments there already; moved behind the new ones.</param>
    /// <param name="direction">Which buffers of a chain are recorded.</param>
    /// <returns>
    /// Chains taken, those of one look at the ring. 0 when there is none, when the next one does not fit behind the segments there, or when
    /// the queue is or became broken; a chain of more segments than <paramref name="segments"/> is long breaks it with <see cref="VirtqueueError.TooManySegments"/>.
    /// </returns>
    public abstract int PopBatch(Span<DescriptorChain> chains, Span<IoVector> segments, ref int segmentCount, ChainDirection direction);

    /// <summary>
    /// Gives chains back that were popped, each once, with the bytes written into each. In any order, unless <see cref="VirtioFeatures.InOrder"/>
    /// was negotiated: then in the order they were popped in.
    /// </summary>
    /// <exception cref="InvalidOperationException">More than were popped and not completed: chains of another queue, or some a second time.</exception>
    public abstract void Complete(ReadOnlySpan<DescriptorChain> chains);

    /// <summary>Makes every chain of <paramref name="batch"/> available again and empties it; the batch holds all that is popped and not completed, and what was completed came before it.</summary>
    public abstract void PutBack(ChainBatch batch);

    /// <summary>
    /// Buffers of chains that were popped were written to, or may have been, although their chains are not given back as written to that far: for devices that
    /// work in a driver's buffers and let go of them. Matters only while writes are marked (<see cref="RingLog"/>).
    /// </summary>
    public abstract void NoteTouched(ReadOnlySpan<IoVector> buffers);

    /// <summary>The device has let go of the queue, and all it completed is published: leaves what it did not complete to the next start. Matters only with an inflight region.</summary>
    public abstract void Leave();

    /// <summary>
    /// True while whoever runs the device looks at the ring by itself, over and over: <see cref="EnableNotifications"/> then only looks and
    /// asks the driver for nothing. Set by the transport, between turns of the device; after it is cleared, notifications must be enabled.
    /// </summary>
    public bool IsPolled { get; set; }

    /// <summary>Shows the driver everything completed so far, and leaves open whether it wants to be notified: see <see cref="NotificationDue"/>.</summary>
    public abstract void PublishQuietly();

    /// <summary>Whether the driver asked to be notified of something published since this was last asked. A full fence, where there is something to ask.</summary>
    public abstract bool NotificationDue();

    /// <summary>Shows the driver everything completed so far.</summary>
    /// <returns>True when the driver asked to be notified of it.</returns>
    public bool Publish()
    {
        PublishQuietly();
        return NotificationDue();
    }

    /// <summary>Asks the driver to notify of new buffers from now on.</summary>
    /// <returns>True when buffers are there already: the caller must look once more before it sleeps. False also when they can't be taken before a <see cref="QueueTranslation"/> has its answer.</returns>
    public abstract bool EnableNotifications();

    /// <summary>
    /// <see cref="EnableNotifications"/>, for a device that has taken all buffers and need not see the next at once. While a driver sends many, nothing is asked:
    /// <see cref="LookTimer"/> brings the device back after <see cref="LookDelay"/>. A driver that would send less for that is not kept waiting.
    /// </summary>
    /// <returns>True when buffers are there already and the device is to look once more; false: it may sleep.</returns>
    public bool AwaitBuffers()
    {
        if (LookDelay > TimeSpan.Zero && !IsPolled && LookTimer is { } timer && _look.TryDefer(Counters.Chains, LookDelay, timer))
        {
            Counters.Writable.Looks++;
            return false;
        }

        return EnableNotifications();
    }

    /// <summary>Tells the driver that the device looks by itself. A hint: a notification may still come.</summary>
    public abstract void SuppressNotifications();

    /// <summary>How the ring looks now. Allocates; changes nothing.</summary>
    public abstract RingSnapshot Snapshot();

    /// <summary><see cref="Publish"/>, and the notification where it is due: now, or when <see cref="Coalescing"/> says.</summary>
    public void PublishAndNotify()
    {
        PublishQuietly();
        bool mayHold = !_coalescing.IsImmediate && NotificationTimer is not null;
        if (mayHold && _hold.TryHold(_coalescing, Undecided, Size / 2, NotificationTimer!))
        {
            Counters.Writable.NotificationsHeld++;
            return;
        }

        Decide();
    }

    /// <summary>Decides now about what was held back, if anything: <see cref="NotificationTimer"/> came, or the ring is about to stop.</summary>
    public void DecideNotification()
    {
        _hold.Expire(_coalescing, Undecided, NotificationTimer);
        Decide();
    }

    private void Decide()
    {
        _hold.Decided();
        if (NotificationDue())
        {
            Counters.Writable.Notifications++;
            Notifier?.Notify();
        }
    }
}
