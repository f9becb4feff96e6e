using FastRing.Memory;

namespace FastRing.Queues;

/// <summary>A buffer a driver offers to the device.</summary>
/// <param name="Address">Its guest physical address.</param>
/// <param name="Length">Its length in bytes.</param>
public readonly record struct DriverBuffer(GuestAddress Address, uint Length);
