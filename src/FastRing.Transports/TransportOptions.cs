using FastRing.Queues;

namespace FastRing.Transports;

/// <summary>What a transport does otherwise than usual.</summary>
public sealed record TransportOptions
{
    /// <summary>Stands in events and reports.</summary>
    public string Name { get; init; } = "device";

    /// <summary>The most entries a queue may have: a power of two up to 32768.</summary>
    public ushort MaxQueueSize { get; init; } = 256;

    /// <summary>How used-buffer notifications are gathered.</summary>
    public NotificationCoalescing Coalescing { get; init; } = NotificationCoalescing.Immediate;

    /// <summary>How long the buffers of a busy driver may wait until the device looks for them: see <see cref="Virtqueue.LookDelay"/>.</summary>
    public TimeSpan LookDelay { get; init; }

    /// <summary>Hears why the device needs a reset. On the worker's thread; as often as the guest has it happen.</summary>
    public Action<string>? NeedsReset { get; init; }
}
