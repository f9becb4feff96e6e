namespace FastRing.Queues;

/// <summary>Why a queue was refused or stopped. Everything but <see cref="None"/>, <see cref="AreaNotMapped"/>, <see cref="NotTranslated"/> and what is said of inflight regions is the driver's doing.</summary>
public enum VirtqueueError
{
    /// <summary>The queue works.</summary>
    None,

    /// <summary>The size is 0, above 32768 or, for a split ring, no power of two (virtio 1.2, 2.7 and 2.8.10.1).</summary>
    BadSize,

    /// <summary>A ring area is not aligned as virtio 1.2, 2.7 demands.</summary>
    AreaMisaligned,

    /// <summary>A ring area does not lie whole in one region of guest memory.</summary>
    AreaNotMapped,

    /// <summary>The available index moved on by more than the queue's size.</summary>
    AvailableIndexJumped,

    /// <summary>The available ring names a descriptor beyond the table.</summary>
    HeadOutOfRange,

    /// <summary>A descriptor's next field points beyond its table.</summary>
    NextOutOfRange,

    /// <summary>A chain is longer than its table: it has a loop.</summary>
    ChainTooLong,

    /// <summary>A chain has a device-readable buffer behind a device-writable one (virtio 1.2, 2.7.4.2).</summary>
    ReadableAfterWritable,

    /// <summary>A buffer lies, wholly or in part, outside of guest memory.</summary>
    BufferNotMapped,

    /// <summary>The buffers of a chain come to 4 GiB or more.</summary>
    ChainTooLarge,

    /// <summary>An indirect descriptor without the feature, inside a table, or with a next one (virtio 1.2, 2.7.5.3.1).</summary>
    IndirectNotAllowed,

    /// <summary>An indirect table is empty, no multiple of 16 bytes, or longer than the limit.</summary>
    IndirectTableSize,

    /// <summary>A chain falls into more pieces than the device takes.</summary>
    TooManySegments,

    /// <summary>Packed ring: the index to go on from lies beyond the ring.</summary>
    BadBase,

    /// <summary>Packed ring: a buffer id that is not below the ring's size.</summary>
    BufferIdOutOfRange,

    /// <summary>Packed ring: a chain whose first descriptor was made available before the rest of it (virtio 1.2, 2.8.6).</summary>
    ChainNotAvailable,

    /// <summary>Packed ring: descriptors made available again that the device has not given back.</summary>
    RingOverrun,

    /// <summary>The translation of a ring area's I/O virtual address is not known, and was asked for: to be tried again. Never the error of a queue that exists.</summary>
    NotTranslated,

    /// <summary>A buffer or an area lies where its IOMMU does not let the device read, or write, as it would have to.</summary>
    AccessDenied,

    /// <summary>Packed ring with an inflight region: a buffer id of a chain that the device has not given back.</summary>
    BufferIdInFlight,

    /// <summary>The inflight region contradicts itself: version, desc_num, an index or a list in it is none.</summary>
    BadInflightRegion,

    /// <summary>The inflight region does not fit the ring: it speaks of chains that the driver has not made available.</summary>
    InflightMismatch,
}
