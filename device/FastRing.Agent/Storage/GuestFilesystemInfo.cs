namespace FastRing.Agent;

/// <summary>A mounted file system (<c>GuestFilesystemInfo</c>).</summary>
/// <param name="Name">The disk's name.</param>
/// <param name="Mountpoint">Where it is mounted.</param>
/// <param name="Type">Such as ext4.</param>
/// <param name="Disk">The disks it lies on; empty if the agent can't tell.</param>
/// <param name="UsedBytes">Bytes in use.</param>
/// <param name="TotalBytes">Bytes there are for users.</param>
/// <param name="TotalBytesPrivileged">Bytes there are for root (since QEMU 9.1).</param>
public sealed record GuestFilesystemInfo(
    string Name, string Mountpoint, string Type, IReadOnlyList<GuestDiskAddress> Disk, ulong? UsedBytes = null,
    ulong? TotalBytes = null, ulong? TotalBytesPrivileged = null);
