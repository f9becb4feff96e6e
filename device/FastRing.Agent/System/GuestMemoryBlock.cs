namespace FastRing.Agent;

/// <summary>A block of the guest's memory (<c>GuestMemoryBlock</c>).</summary>
/// <param name="PhysIndex">Its number in the guest.</param>
/// <param name="Online">Whether it is in use.</param>
/// <param name="CanOffline">Whether it can be taken out of use; only told, not asked for.</param>
public sealed record GuestMemoryBlock(ulong PhysIndex, bool Online, bool? CanOffline = null);
