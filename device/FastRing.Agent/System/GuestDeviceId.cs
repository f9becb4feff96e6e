namespace FastRing.Agent;

/// <summary>Which device (<c>GuestDeviceId</c>).</summary>
/// <param name="Type"><c>pci</c>.</param>
/// <param name="VendorId">PCI vendor.</param>
/// <param name="DeviceId">PCI device.</param>
public sealed record GuestDeviceId(string Type, ushort? VendorId = null, ushort? DeviceId = null);
