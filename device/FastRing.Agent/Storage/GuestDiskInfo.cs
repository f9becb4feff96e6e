namespace FastRing.Agent;

/// <summary>A disk or partition (<c>GuestDiskInfo</c>).</summary>
/// <param name="Name">Its device file.</param>
/// <param name="Partition">Whether it is a partition.</param>
/// <param name="Dependencies">Devices it is made of.</param>
/// <param name="Address">Where it is attached.</param>
/// <param name="Alias">The device mapper's name of it.</param>
/// <param name="Smart">Its health.</param>
public sealed record GuestDiskInfo(
    string Name, bool Partition, IReadOnlyList<string>? Dependencies = null, GuestDiskAddress? Address = null, string? Alias = null,
    GuestDiskSmart? Smart = null);
