namespace FastRing.Agent;

/// <summary>A route of the guest's (<c>GuestNetworkRoute</c>, since QEMU 9.1).</summary>
/// <param name="Iface">The interface.</param>
/// <param name="Destination">Where to.</param>
/// <param name="Metric">The lower, the better.</param>
/// <param name="Version">4 or 6.</param>
/// <param name="Gateway">Through whom.</param>
/// <param name="Mask">IPv4: the network's mask.</param>
/// <param name="Irtt">IPv4: first guess of the round trip.</param>
/// <param name="Flags">The guest's flags.</param>
/// <param name="Refcnt">References.</param>
/// <param name="Use">Look-ups.</param>
/// <param name="Window">IPv4: TCP window.</param>
/// <param name="Mtu">Largest packet.</param>
/// <param name="Desprefixlen">IPv6: bits of the destination.</param>
/// <param name="Source">IPv6: from where.</param>
/// <param name="Srcprefixlen">IPv6: bits of the source.</param>
/// <param name="Nexthop">IPv6: through whom.</param>
public sealed record GuestNetworkRoute(
    string Iface, string Destination, long Metric, int Version, string? Gateway = null, string? Mask = null, long? Irtt = null,
    ulong? Flags = null, long? Refcnt = null, long? Use = null, long? Window = null, long? Mtu = null, string? Desprefixlen = null,
    string? Source = null, string? Srcprefixlen = null, string? Nexthop = null);
