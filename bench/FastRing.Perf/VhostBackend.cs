namespace FastRing.Perf;

/// <summary>DPDK's own device: net_vhost under a testpmd that forwards.</summary>
internal sealed class VhostBackend(NetCase what, string socket) : INetBackend
{
    public const string Name = "DPDK net_vhost";

    private readonly Testpmd _testpmd = Testpmd.Start("fastring-vhost", $"net_vhost0,iface={socket}", what.Modes.Device, NetRun.DeviceCpu);

    public Task ReadyAsync(CancellationToken cancellation) => _testpmd.ReadyAsync(cancellation);

    public void Begin() => _testpmd.Tell("start");

    public void BeginCounting() => _testpmd.Tell("clear fwd stats all");

    public Task<double> BusyNsPerPacketAsync(CancellationToken cancellation) => _testpmd.BusyNsPerPacketAsync(cancellation);

    public void Dispose() => _testpmd.Dispose();
}
