namespace FastRing.Console.Endpoints;

/// <summary>The last of what a guest wrote, as it was at one moment.</summary>
/// <param name="Bytes">The bytes, in order. A private copy.</param>
/// <param name="Dropped">Bytes the guest wrote before the first of them.</param>
public readonly record struct Scrollback(ReadOnlyMemory<byte> Bytes, ulong Dropped);
