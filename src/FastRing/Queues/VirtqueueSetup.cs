using FastRing.Memory;

namespace FastRing.Queues;

/// <summary>What a driver or a transport says of a queue before it starts. Untrusted.</summary>
/// <param name="Size">Entries: 1 to 32768, a power of two for a split ring.</param>
/// <param name="Descriptors">The descriptor area, 16-byte aligned.</param>
/// <param name="Driver">The driver area: available ring, 2-byte aligned; packed: event suppression, 4-byte aligned.</param>
/// <param name="Device">The device area: used ring; packed: event suppression. 4-byte aligned.</param>
/// <param name="Base">Where to go on: the index of the first chain not yet completed, as <c>VHOST_USER_SET_VRING_BASE</c> has it; 0 for a fresh ring. Of a packed ring the low half counts.</param>
/// <param name="Features">The negotiated features; see <see cref="Spec.VirtioFeatures"/>.</param>
public readonly record struct VirtqueueSetup(
    uint Size, GuestAddress Descriptors, GuestAddress Driver, GuestAddress Device, uint Base, ulong Features)
{
    /// <summary>Has all that the device writes to guest memory by way of the queue marked; null: nothing is.</summary>
    public RingLog? Log { get; init; }

    /// <summary>
    /// Where to keep which chains are in flight, so that another process can go on when this one is killed; at least <see cref="InflightRegion.BytesFor"/> long, mapped while the
    /// queue is in use. Untrusted. A region that was used before says itself where to go on, whatever the base. Null: nothing is kept.
    /// </summary>
    public RecoveryArea? Inflight { get; init; }
}
