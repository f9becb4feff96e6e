namespace FastRing.Perf;

/// <summary>The runs of one case, of both devices.</summary>
internal sealed class NetResults(NetCase what, int runs)
{
    private readonly List<NetSample> _own = [];
    private readonly List<NetSample> _peer = [];

    /// <summary>Some side was never run while the processors were near: then nothing is dropped, and the figures say little.</summary>
    public bool IsFar => !_own.Exists(s => s.IsNear) || !_peer.Exists(s => s.IsNear);

    /// <summary>What was measured.</summary>
    public string Name => what.Name;

    /// <summary>Runs once what is still missing of each, the peer first.</summary>
    public async Task AddAsync(CancellationToken cancellation)
    {
        await AddAsync(_peer, VhostBackend.Name, static (what, socket) => new VhostBackend(what, socket), cancellation);
        await AddAsync(_own, "FastRing", static (what, socket) => new FastRingNetBackend(what, socket), cancellation);
    }

    /// <summary>The rows.</summary>
    public IEnumerable<Row> Rows()
    {
        yield return Of(what.Name, "Mpps", s => s.Mpps);
        yield return Of(what.Name, "ns/packet", s => s.NsPerPacket);

        // A side that only sends has no empty rounds in testpmd's account: it is always busy.
        if (what.Traffic != NetTraffic.GuestToHost)
        {
            yield return Of($"{what.Name}: driver's processor busy", "ns/packet", s => s.DriverBusyNs);
        }

        if (what.Traffic != NetTraffic.HostToGuest)
        {
            yield return Of($"{what.Name}: device's processor busy", "ns/packet", s => s.DeviceBusyNs);
        }
    }

    private Row Of(string name, string unit, Func<NetSample, double> value) =>
        Row.Of("net", name, unit, Counted(_own).Select(value), VhostBackend.Name, Counted(_peer).Select(value));

    private IEnumerable<NetSample> Counted(List<NetSample> samples) => samples.Where(s => IsFar || s.IsNear);

    private async Task AddAsync(List<NetSample> samples, string name, Func<NetCase, string, INetBackend> create, CancellationToken cancellation)
    {
        if (samples.Count(s => s.IsNear) < runs)
        {
            NetSample sample = await NetRun.RunAsync(what, create, cancellation);
            samples.Add(sample);
            Progress.Say($"{what.Name}: {name}: {sample.Mpps:0.0} Mpps, driver {sample.DriverBusyNs:0.0} ns, device {sample.DeviceBusyNs:0.0} ns, processors {sample.DistanceNs:0} ns apart");
        }
    }
}
