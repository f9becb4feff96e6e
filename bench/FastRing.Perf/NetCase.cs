namespace FastRing.Perf;

/// <summary>Which way packets go between the driver and the device.</summary>
internal enum NetTraffic
{
    /// <summary>256 packets go round: each side receives and sends every one.</summary>
    Loopback,

    /// <summary>The driver sends, the device receives.</summary>
    GuestToHost,

    /// <summary>The device sends, the driver receives.</summary>
    HostToGuest,
}

/// <summary>One ring layout and traffic.</summary>
internal sealed record NetCase(NetTraffic Traffic, bool Packed = false, bool InOrder = false, bool Mergeable = false)
{
    /// <summary>What is measured: every layout both ways, and the layouts that differ most one way.</summary>
    public static IReadOnlyList<NetCase> All { get; } =
    [
        new(NetTraffic.Loopback),
        new(NetTraffic.Loopback, Mergeable: true),
        new(NetTraffic.Loopback, InOrder: true),
        new(NetTraffic.Loopback, InOrder: true, Mergeable: true),
        new(NetTraffic.Loopback, Packed: true),
        new(NetTraffic.Loopback, Packed: true, Mergeable: true),
        new(NetTraffic.Loopback, Packed: true, InOrder: true),
        new(NetTraffic.Loopback, Packed: true, InOrder: true, Mergeable: true),
        new(NetTraffic.GuestToHost),
        new(NetTraffic.GuestToHost, InOrder: true),
        new(NetTraffic.GuestToHost, Packed: true),
        new(NetTraffic.HostToGuest),
        new(NetTraffic.HostToGuest, InOrder: true),
        new(NetTraffic.HostToGuest, Packed: true),
    ];

    /// <summary>What a minute is enough for.</summary>
    public static IReadOnlyList<NetCase> Quick { get; } = [new(NetTraffic.Loopback), new(NetTraffic.Loopback, Packed: true)];

    /// <summary>As rows call it: "loopback, packed, in_order, mergeable".</summary>
    public string Name => string.Join(", ", (string[])
        [TrafficName, Packed ? "packed" : "split", .. InOrder ? (string[])["in_order"] : [], .. Mergeable ? (string[])["mergeable"] : []]);

    /// <summary>The driver's options: what it does not take is not negotiated, whatever the device offers.</summary>
    public string DriverOptions =>
        $"queues=1,queue_size=256,packed_vq={Digit(Packed)},in_order={Digit(InOrder)},mrg_rxbuf={Digit(Mergeable)}";

    /// <summary>The options of FastRing's device.</summary>
    public IEnumerable<string> DeviceOptions =>
    [
        "--mode", Traffic switch { NetTraffic.Loopback => "loopback", NetTraffic.GuestToHost => "sink", _ => "source" },
        .. Packed ? (string[])["--packed"] : [], .. InOrder ? (string[])["--in-order"] : [], .. Mergeable ? (string[])["--mergeable"] : [],
    ];

    /// <summary>testpmd's forwarding mode on the driver's side, and on the device's.</summary>
    public (string Driver, string Device) Modes => Traffic switch
    {
        NetTraffic.Loopback => ("io", "io"),
        NetTraffic.GuestToHost => ("txonly", "rxonly"),
        _ => ("rxonly", "txonly"),
    };

    private string TrafficName => Traffic switch { NetTraffic.Loopback => "loopback", NetTraffic.GuestToHost => "guest to host", _ => "host to guest" };

    private static char Digit(bool value) => value ? '1' : '0';
}
