namespace FastRing.Agent;

/// <summary>A network interface of the guest (<c>GuestNetworkInterface</c>).</summary>
/// <param name="Name">Such as eth0.</param>
/// <param name="HardwareAddress">Six bytes with colons.</param>
/// <param name="IpAddresses">Its addresses, if it has any.</param>
/// <param name="Statistics">What went through it.</param>
public sealed record GuestNetworkInterface(
    string Name, string? HardwareAddress = null, IReadOnlyList<GuestIpAddress>? IpAddresses = null,
    GuestNetworkInterfaceStat? Statistics = null);
