namespace FastRing.Agent;

/// <summary>Counters of an interface (<c>GuestNetworkInterfaceStat</c>).</summary>
/// <param name="RxBytes">Received, bytes.</param>
/// <param name="RxPackets">Received, packets.</param>
/// <param name="RxErrs">Received, errors.</param>
/// <param name="RxDropped">Received, dropped.</param>
/// <param name="TxBytes">Sent, bytes.</param>
/// <param name="TxPackets">Sent, packets.</param>
/// <param name="TxErrs">Sent, errors.</param>
/// <param name="TxDropped">Sent, dropped.</param>
public sealed record GuestNetworkInterfaceStat(
    ulong RxBytes, ulong RxPackets, ulong RxErrs, ulong RxDropped, ulong TxBytes, ulong TxPackets, ulong TxErrs, ulong TxDropped);
