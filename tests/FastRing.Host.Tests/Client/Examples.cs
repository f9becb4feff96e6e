using FastRing.Host.Management.Contract;

namespace FastRing.Host.Tests.Client;

/// <summary>Guests and ports to work with.</summary>
internal static class Examples
{
    public static PortState Port(string guest, string name, int id, bool isConsole = false, string backend = "echo", string waits = "nothing", ulong toHost = 0, ulong toGuest = 0) => new()
    {
        Guest = guest,
        Name = name,
        Id = id,
        IsConsole = isConsole,
        Backend = backend,
        IsReady = true,
        HasFailed = false,
        IsGuestOpen = true,
        IsHostOpen = true,
        Waits = waits,
        BytesToHost = toHost,
        BytesToGuest = toGuest,
        BytesDiscarded = 0,
        BytesUnacknowledged = 0,
        GuestOpens = 1,
    };

    public static GuestState Guest(string name, params PortState[] ports) => new()
    {
        Name = name,
        IsConnected = true,
        IsDriverReady = true,
        Drivers = 1,
        MaxPorts = 31,
        MalformedControl = 0,
        BrokenQueues = 0,
        Ports = ports,
    };

    /// <summary>vm0 with a console and two ports, and a guest that has no name but its socket's.</summary>
    public static IReadOnlyList<GuestState> Two() =>
        [
            Guest("vm0", Port("vm0", "", 0, isConsole: true, backend: "unix:/run/c.sock"), Port("vm0", "org.example.a", 1), Port("vm0", "shared", 2)),
            Guest("/tmp/vm1.sock", Port("/tmp/vm1.sock", "shared", 1), Port("/tmp/vm1.sock", "9", 3)),
        ];
}
