using FastRing.Queues;

namespace FastRing.Devices;

/// <summary>
/// A virtio device, whatever transport its driver reaches it by. One worker owns it: every member is called on that worker's
/// thread, so a device needs no lock. Between <see cref="QueueStarted"/> and <see cref="QueueStopping"/> the transport holds the
/// guest memory the queue lies in.
/// </summary>
public interface IVirtioDevice
{
    /// <summary>Virtio device id (virtio 1.2, 5).</summary>
    uint DeviceId { get; }

    /// <summary>Feature bits offered: the device's own and the ring's. The transport adds its own.</summary>
    ulong Features { get; }

    /// <summary>Number of virtqueues.</summary>
    int QueueCount { get; }

    /// <summary>Bytes of the device's configuration space.</summary>
    int ConfigSize { get; }

    /// <summary>The transport can reach the driver's configuration interrupt through <paramref name="transport"/>; null: the driver is gone.</summary>
    void Attached(IDeviceTransport? transport);

    /// <summary>Copies configuration bytes. The transport checked that the range lies in the configuration space.</summary>
    void ReadConfig(int offset, Span<byte> destination);

    /// <summary>The driver writes configuration bytes. The transport checked the range; writes to read-only fields are ignored.</summary>
    void WriteConfig(int offset, ReadOnlySpan<byte> source);

    /// <summary>The driver's choice among <see cref="Features"/>. Comes before any queue starts, and again when a driver starts anew.</summary>
    void FeaturesNegotiated(ulong features);

    /// <summary>A ring started. There may be buffers already; the transport calls <see cref="QueueKicked"/> next.</summary>
    /// <param name="index">Queue number, below <see cref="QueueCount"/>.</param>
    /// <param name="queue">The queue, with its notifier set.</param>
    /// <param name="enabled">False: leave the ring alone until <see cref="QueueEnabled"/>.</param>
    void QueueStarted(int index, Virtqueue queue, bool enabled);

    /// <summary>
    /// A started ring was enabled or disabled. Disabled: leave it alone. The specification (vhost-user, "Ring states") would have what
    /// the driver sends discarded; but QEMU disables every ring before it stops it, and a guest that is only paused must not lose bytes.
    /// </summary>
    void QueueEnabled(int index, bool enabled);

    /// <summary>The driver made buffers available.</summary>
    void QueueKicked(int index);

    /// <summary>
    /// The ring stops now: drop every chain of it. When this returns, the device must not touch the queue nor any guest memory
    /// it got from it. Chains that were not completed stay available to the next start.
    /// </summary>
    void QueueStopping(int index);

    /// <summary>
    /// The driver reset this one queue, which is stopped (virtio 1.2, 2.6.1): forget what remained of it, say of a chain taken in part. It starts
    /// afresh. Comes only with <see cref="Spec.VirtioFeatures.RingReset"/>; nothing to do for a device that remembers nothing of a stopped queue.
    /// </summary>
    void QueueReset(int index)
    {
    }

    /// <summary>The driver reset the device, or is gone: forget everything it said. All queues have stopped before.</summary>
    void Reset();
}
