namespace FastRing.Agent;

/// <summary>A disk and its counters (<c>GuestDiskStatsInfo</c>).</summary>
/// <param name="Name">The disk.</param>
/// <param name="Major">Major device number.</param>
/// <param name="Minor">Minor device number.</param>
/// <param name="Stats">The counters.</param>
public sealed record GuestDiskStatsInfo(string Name, ulong Major, ulong Minor, GuestDiskStats Stats);
