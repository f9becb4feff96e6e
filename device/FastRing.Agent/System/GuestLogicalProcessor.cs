namespace FastRing.Agent;

/// <summary>A processor of the guest (<c>GuestLogicalProcessor</c>).</summary>
/// <param name="LogicalId">Its number in the guest.</param>
/// <param name="Online">Whether it is in use.</param>
/// <param name="CanOffline">Whether it can be taken out of use; only told, not asked for.</param>
public sealed record GuestLogicalProcessor(long LogicalId, bool Online, bool? CanOffline = null);
