namespace FastRing.Agent;

/// <summary>Where a disk is attached (<c>GuestDiskAddress</c>).</summary>
/// <param name="PciController">Its controller; -1 everywhere if unknown.</param>
/// <param name="BusType">Such as <c>virtio</c>, <c>scsi</c>, <c>nvme</c>.</param>
/// <param name="Bus">Number of the bus.</param>
/// <param name="Target">Target on it.</param>
/// <param name="Unit">Unit of that.</param>
/// <param name="Serial">Its serial number.</param>
/// <param name="Dev">Its device file.</param>
/// <param name="CcwAddress">Its address on an s390x.</param>
public sealed record GuestDiskAddress(
    GuestPciAddress PciController, string BusType, long Bus, long Target, long Unit, string? Serial = null, string? Dev = null,
    GuestCcwAddress? CcwAddress = null);
