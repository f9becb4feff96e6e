namespace FastRing.Agent;

public sealed partial class GuestAgent
{
    /// <summary>The guest's network interfaces (<c>guest-network-get-interfaces</c>).</summary>
    public Task<IReadOnlyList<GuestNetworkInterface>> GetNetworkInterfacesAsync(CancellationToken cancellationToken = default) =>
        CallAsync("guest-network-get-interfaces", null, AgentJson.Default.IReadOnlyListGuestNetworkInterface, cancellationToken);

    /// <summary>Its routes (<c>guest-network-get-route</c>, since QEMU 9.1).</summary>
    public Task<IReadOnlyList<GuestNetworkRoute>> GetNetworkRoutesAsync(CancellationToken cancellationToken = default) =>
        CallAsync("guest-network-get-route", null, AgentJson.Default.IReadOnlyListGuestNetworkRoute, cancellationToken);
}
