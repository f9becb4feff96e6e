using FastRing.Queues;

namespace FastRing.Examples.Vmm;

/// <summary>What a driver wrote to a queue's registers, and the first chain that is not completed.</summary>
internal readonly record struct QueueRegisters(int Index, RingLayout Layout, uint Base);
