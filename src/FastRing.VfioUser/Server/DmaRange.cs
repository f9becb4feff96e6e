using FastRing.VhostUser.Backend;

namespace FastRing.VfioUser.Server;

/// <summary>A range of addresses the client told of.</summary>
/// <param name="Address">Its first address, as the device uses it.</param>
/// <param name="SizeBytes">Its length, above 0; it does not wrap around.</param>
/// <param name="Slot">Its memory; null: the device can't reach it, because the client gave no file, or lets nobody write.</param>
internal readonly record struct DmaRange(ulong Address, ulong SizeBytes, MemorySlot? Slot)
{
    private ulong Last => Address + (SizeBytes - 1);

    public bool Overlaps(ulong address, ulong sizeBytes) => Address <= address + (sizeBytes - 1) && address <= Last;
}
