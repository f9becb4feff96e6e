using FastRing.VhostUser.Protocol;

namespace FastRing.Fuzz.Sessions;

/// <summary>A region a frontend has shared, and which file it is in.</summary>
internal readonly record struct KnownRegion(MemoryRegion Region, int File)
{
    /// <summary>Whether it is one at all: it wraps nowhere, and the file has all of it.</summary>
    public bool IsPossible(ulong fileBytes) => Region.SizeBytes > 0
        && (UInt128)Region.Guest.Value + Region.SizeBytes <= (UInt128)1 << 64
        && (UInt128)Region.Frontend.Value + Region.SizeBytes <= (UInt128)1 << 64
        && Region.FileOffset % 4096 == 0 && (UInt128)Region.FileOffset + Region.SizeBytes <= fileBytes;

    public bool Overlaps(in KnownRegion other) =>
        Overlap(Region.Guest.Value, Region.SizeBytes, other.Region.Guest.Value, other.Region.SizeBytes)
        || Overlap(Region.Frontend.Value, Region.SizeBytes, other.Region.Frontend.Value, other.Region.SizeBytes);

    public bool Has(ulong guest, ulong length) => guest >= Region.Guest.Value && (UInt128)guest + length <= (UInt128)Region.Guest.Value + Region.SizeBytes;

    public bool HasFrontend(ulong address, ulong length) =>
        address >= Region.Frontend.Value && (UInt128)address + length <= (UInt128)Region.Frontend.Value + Region.SizeBytes;

    private static bool Overlap(ulong first, ulong firstBytes, ulong second, ulong secondBytes) =>
        (UInt128)first < (UInt128)second + secondBytes && (UInt128)second < (UInt128)first + firstBytes;
}
