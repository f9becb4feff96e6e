using FastRing.Spec;

namespace FastRing.DriverKit;

/// <summary>What a hostile driver writes into a descriptor: anything at all.</summary>
/// <param name="Address">Guest physical address. (<c>addr</c>)</param>
/// <param name="Length">Length in bytes. (<c>len</c>)</param>
/// <param name="Flags">What it claims to be; the ring adds what links and shows it.</param>
public readonly record struct HostileBuffer(ulong Address, uint Length, DescriptorFlags Flags = DescriptorFlags.None);
