namespace FastRing.Memory;

/// <summary>I/O virtual addresses from one to another, both included, so that the last address there is can be one of them.</summary>
/// <param name="First">The first.</param>
/// <param name="Last">The last; not below the first.</param>
public readonly record struct IovaRange(ulong First, ulong Last)
{
    /// <summary>Every address.</summary>
    public static IovaRange All { get; } = new(0, ulong.MaxValue);

    /// <summary>The addresses of <paramref name="sizeBytes"/> bytes, above 0; those that would lie behind the last address are left out.</summary>
    public static IovaRange Of(ulong first, ulong sizeBytes) =>
        new(first, sizeBytes - 1 > ulong.MaxValue - first ? ulong.MaxValue : first + (sizeBytes - 1));

    /// <summary>Whether an address is one of these.</summary>
    public bool Contains(ulong address) => address >= First && address <= Last;

    /// <summary>Whether an address is in both.</summary>
    public bool Overlaps(in IovaRange other) => First <= other.Last && other.First <= Last;
}
