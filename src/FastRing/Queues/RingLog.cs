using FastRing.Memory;

namespace FastRing.Queues;

/// <summary>What is marked of all that a queue writes to guest memory.</summary>
/// <param name="Log">Where.</param>
/// <param name="Memory">The guest's memory by its physical addresses, which are those of the log. Held while the queue is in use.</param>
/// <param name="Buffers">The driver's buffers are.</param>
/// <param name="Device">The ring is: where in the log the device area lies (<c>log_guest_addr</c>). Null: it is not.</param>
public sealed record RingLog(DirtyLog Log, GuestMemory Memory, bool Buffers, GuestAddress? Device);
