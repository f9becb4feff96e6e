namespace FastRing.Agent;

/// <summary>An address on the PCI bus (<c>GuestPCIAddress</c>); -1 where the agent can't tell.</summary>
/// <param name="Domain">Domain.</param>
/// <param name="Bus">Bus.</param>
/// <param name="Slot">Slot.</param>
/// <param name="Function">Function.</param>
public sealed record GuestPciAddress(long Domain, long Bus, long Slot, long Function);
