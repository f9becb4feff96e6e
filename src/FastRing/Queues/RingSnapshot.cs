namespace FastRing.Queues;

/// <summary>What a ring looks like to its device at a moment, in numbers a person can compare with the specification. Nothing in it was believed.</summary>
public sealed record RingSnapshot
{
    /// <summary>Chains of each kind that are shown; of the others only the number.</summary>
    public const int MostChains = 16;

    /// <summary>Descriptors of a chain that are shown.</summary>
    public const int MostDescriptors = 8;

    /// <summary>Packed (virtio 1.2, 2.8), or split (2.7).</summary>
    public required bool IsPacked { get; init; }

    /// <summary>Entries.</summary>
    public required int Size { get; init; }

    /// <summary>Split: avail.idx, up to where the driver has made chains available. Packed: null, each descriptor says so itself.</summary>
    public required ushort? Available { get; init; }

    /// <summary>Where the device takes the next chain. Packed: bits 0 to 14 the slot, bit 15 the wrap counter.</summary>
    public required ushort Next { get; init; }

    /// <summary>Up to where chains were given back, shown to the driver or not.</summary>
    public required ushort Completed { get; init; }

    /// <summary>Up to where the driver was shown used buffers (split: used.idx).</summary>
    public required ushort Published { get; init; }

    /// <summary>Of what the driver wants to be notified.</summary>
    public required string DriverEvents { get; init; }

    /// <summary>Of what the device asked to be notified.</summary>
    public required string DeviceEvents { get; init; }

    /// <summary>Chains (packed: slots) the device took and has not given back.</summary>
    public required int InFlightCount { get; init; }

    /// <summary>Chains (packed: slots, up to the first that is not available) the driver made available and the device has not taken.</summary>
    public required int WaitingCount { get; init; }

    /// <summary>The oldest of those in flight.</summary>
    public required IReadOnlyList<ChainSnapshot> InFlight { get; init; }

    /// <summary>The next of those that wait.</summary>
    public required IReadOnlyList<ChainSnapshot> Waiting { get; init; }
}
