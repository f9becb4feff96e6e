namespace FastRing.Queues;

/// <summary>A chain the device has given back to the driver.</summary>
/// <param name="Token">What the driver passed when it made the chain available.</param>
/// <param name="Written">Bytes the device says it wrote. Untrusted: compare it with the chain's size.</param>
public readonly record struct UsedBuffer(ulong Token, uint Written);
