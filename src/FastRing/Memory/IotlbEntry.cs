namespace FastRing.Memory;

/// <summary>Where a stretch of the driver's I/O virtual addresses lies.</summary>
/// <param name="Range">The addresses.</param>
/// <param name="Frontend">Where the first of them is in the frontend's process.</param>
/// <param name="Host">The same byte's address in this process.</param>
/// <param name="Access">What the device may do there.</param>
internal readonly record struct IotlbEntry(IovaRange Range, FrontendAddress Frontend, nint Host, IotlbAccess Access)
{
    /// <summary>The host address of an I/O virtual one within.</summary>
    public nint HostOf(ulong address) => Host + (nint)(address - Range.First);

    /// <summary>How many bytes there are from an address within on.</summary>
    public ulong BytesFrom(ulong address) => Range.Last - address + 1;

    /// <summary>Whether the other says the same, permissions aside.</summary>
    public bool IsSamePlace(in IotlbEntry other) => Range == other.Range && Frontend == other.Frontend;
}
