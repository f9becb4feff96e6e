using FastRing.Memory;

namespace FastRing.Queues;

/// <summary>A translation somebody waits for.</summary>
/// <param name="Address">The I/O virtual address.</param>
/// <param name="Access">What is to be done there.</param>
public readonly record struct IotlbMiss(ulong Address, IotlbAccess Access);
