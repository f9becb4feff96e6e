using FastRing.Spec;

namespace FastRing.Queues;

/// <summary>A descriptor as the driver wrote it.</summary>
/// <param name="Address">Of the buffer, as the driver has it.</param>
/// <param name="Length">Bytes.</param>
/// <param name="Flags">Its flags.</param>
public sealed record DescriptorSnapshot(ulong Address, uint Length, DescriptorFlags Flags);
