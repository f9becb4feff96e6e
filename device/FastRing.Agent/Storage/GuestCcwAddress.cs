namespace FastRing.Agent;

/// <summary>An address on an s390x's channel subsystem (<c>GuestCCWAddress</c>).</summary>
/// <param name="Cssid">Channel subsystem.</param>
/// <param name="Ssid">Subchannel set.</param>
/// <param name="Subchno">Subchannel.</param>
/// <param name="Devno">Device.</param>
public sealed record GuestCcwAddress(long Cssid, long Ssid, long Subchno, long Devno);
