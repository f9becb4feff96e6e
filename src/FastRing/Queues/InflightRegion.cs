using FastRing.Memory;

namespace FastRing.Queues;

/// <summary>
/// A queue's part of the buffer that two processes share to track inflight I/O (vhost-user, "Inflight I/O tracking"): <c>QueueRegionSplit</c> or <c>QueueRegionPacked</c>, whichever
/// layout the ring has. All of it is written in words of 8 bytes, each wholly or not at all.
/// </summary>
public static class InflightRegion
{
    /// <summary>The version both layouts have. 0: not initialized. (<c>version</c>)</summary>
    internal const ushort Version = 1;

    /// <summary>Where <c>features</c> is, of which none is defined.</summary>
    internal const int Features = 0;

    /// <summary>Where the word is that begins with <c>version</c> and <c>desc_num</c>.</summary>
    internal const int Heads = 8;

    /// <summary>Counters begin at 1 and are taken for forged beyond this.</summary>
    internal const ulong MaxCounter = ulong.MaxValue / 2;

    private const int PackedHeadBytes = 32;
    private const int PackedEntryBytes = 32; // A split ring's are smaller.

    /// <summary>Bytes of a region for rings of either layout and up to that size: a multiple of 64.</summary>
    public static int BytesFor(uint size) => (PackedHeadBytes + ((int)size * PackedEntryBytes) + 63) & ~63;

    /// <summary>Makes it a region that was never used: the ring is another driver's from here on. While no queue has it.</summary>
    public static void Clear(RecoveryArea region)
    {
        ArgumentNullException.ThrowIfNull(region);
        region.Store(Heads, 0);
    }

    /// <summary>Why a region can't be one of rings up to a size, naming the field; null: it may be. More is looked at when its ring starts.</summary>
    public static string? WhyNot(RecoveryArea region, uint maxSize)
    {
        ArgumentNullException.ThrowIfNull(region);
        ulong heads = region.Load(Heads);
        ulong features = region.Load(Features);
        var version = (ushort)heads;
        var size = (ushort)(heads >> 16);
        return version == 0 ? null
            : version != Version ? $"version: {version} in the area, {Version} here"
            : features != 0 ? $"features: 0x{features:x} in the area, none here"
            : size == 0 || size > maxSize ? $"desc_num: {size} in the area, whose queue_size is {maxSize}"
            : null;
    }

    /// <summary>Whether it can be the region of a ring of that size, with what its first words say.</summary>
    internal static bool IsOf(RecoveryArea region, uint size, ulong heads) =>
        (ushort)heads == Version && (ushort)(heads >> 16) == size && region.Load(Features) == 0;
}
