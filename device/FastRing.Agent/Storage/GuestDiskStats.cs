namespace FastRing.Agent;

/// <summary>A disk's counters (<c>GuestDiskStats</c>); the kernel may leave some out.</summary>
/// <param name="ReadSectors">Sectors of reads.</param>
/// <param name="ReadIos">Finished reads.</param>
/// <param name="ReadMerges">Merged reads.</param>
/// <param name="ReadTicks">Milliseconds of reads.</param>
/// <param name="WriteSectors">Sectors of writes.</param>
/// <param name="WriteIos">Finished writes.</param>
/// <param name="WriteMerges">Merged writes.</param>
/// <param name="WriteTicks">Milliseconds of writes.</param>
/// <param name="DiscardSectors">Sectors of discards.</param>
/// <param name="DiscardIos">Finished discards.</param>
/// <param name="DiscardMerges">Merged discards.</param>
/// <param name="DiscardTicks">Milliseconds of discards.</param>
/// <param name="FlushIos">Finished flushes.</param>
/// <param name="FlushTicks">Milliseconds of flushes.</param>
/// <param name="IosPgr">Under way now.</param>
/// <param name="TotalTicks">Milliseconds busy.</param>
/// <param name="WeightTicks">Milliseconds busy, times how many were under way.</param>
public sealed record GuestDiskStats(
    ulong? ReadSectors = null, ulong? ReadIos = null, ulong? ReadMerges = null, ulong? ReadTicks = null, ulong? WriteSectors = null,
    ulong? WriteIos = null, ulong? WriteMerges = null, ulong? WriteTicks = null, ulong? DiscardSectors = null,
    ulong? DiscardIos = null, ulong? DiscardMerges = null, ulong? DiscardTicks = null, ulong? FlushIos = null,
    ulong? FlushTicks = null, ulong? IosPgr = null, ulong? TotalTicks = null, ulong? WeightTicks = null);
