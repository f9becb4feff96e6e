namespace FastRing.Agent;

/// <summary>About all blocks of the guest's memory (<c>GuestMemoryBlockInfo</c>).</summary>
/// <param name="Size">Bytes of a block.</param>
public sealed record GuestMemoryBlockInfo(ulong Size);
