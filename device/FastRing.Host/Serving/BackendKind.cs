using FastRing.Console.Endpoints;
using FastRing.Console.Endpoints.Hubs;

namespace FastRing.Host.Serving;

/// <summary>A kind of backend: a row of the table.</summary>
/// <param name="Name">What stands before the colon.</param>
/// <param name="Address">What stands behind it, for people; null: nothing does.</param>
/// <param name="Options">The options it has.</param>
/// <param name="Check">Checks address and options, and says how to open it; opens nothing yet.</param>
internal sealed record BackendKind(string Name, string? Address, string[] Options, Func<BackendText, Func<IHostEndpoint>> Check)
{
    /// <summary>All there are, in the order help shows them.</summary>
    public static IReadOnlyList<BackendKind> All { get; } =
    [
        new("unix", "PATH", ["allow-uid", "allow-gid", "mode"], UnixListen),
        new("connect", "PATH", ["allow-uid", "allow-gid", .. ReconnectOptions], UnixConnect),
        new("hub", "PATH", ["allow-uid", "allow-gid", "mode", .. HubBackend.Options], Hub),
        new("passfd", "PATH", ["allow-uid", "allow-gid", "mode"], Pass),
        new("bridge", "NAME", [], static text => () => BridgeTable.Join(text.Address)),
        new("ring", "SIZE", [], Ring) { IsAddressOptional = true },
        new("file", "PATH", [], static text => () => new FileEndpoint(text.Address)),
        new("stdio", null, [], static _ => static () => new StdioEndpoint()),
        new("echo", null, [], static _ => static () => new EchoEndpoint()),
        new("null", null, [], static _ => static () => new NullEndpoint()),
    ];

    /// <summary>It may do without its address.</summary>
    public bool IsAddressOptional { get; init; }

    /// <summary>How it is written, without options.</summary>
    public string Usage => Address is null ? Name : IsAddressOptional ? $"{Name}[:{Address}]" : $"{Name}:{Address}";

    private static string[] ReconnectOptions => ["reconnect-min-ms", "reconnect-max-ms"];

    private static Func<IHostEndpoint> UnixListen(BackendText text)
    {
        (PeerAllowList? allowed, int? mode) = Door(text);
        return () => new UnixListenEndpoint(text.Address, allowed, mode);
    }

    private static Func<IHostEndpoint> Hub(BackendText text)
    {
        (PeerAllowList? allowed, int? mode) = Door(text);
        HubOptions options = HubBackend.Hub(text);
        return () => new HubEndpoint(text.Address, options, allowed, mode);
    }

    private static Func<IHostEndpoint> Pass(BackendText text)
    {
        (PeerAllowList? allowed, int? mode) = Door(text);
        return () => new PassEndpoint(text.Address, allowed, mode);
    }

    private static Func<IHostEndpoint> Ring(BackendText text)
    {
        int size = HubBackend.RingSize(text);
        return () => new RingEndpoint(size);
    }

    /// <summary>Whom a listening unix socket is for.</summary>
    private static (PeerAllowList? Allowed, int? Mode) Door(BackendText text)
    {
        PeerAllowList? allowed = Allowed(text);
        int? mode = text.Mode("mode");
        return mode is not null && IsAbstract(text) ? throw text.Wrong("an abstract socket has no mode") : (allowed, mode);
    }

    private static Func<IHostEndpoint> UnixConnect(BackendText text)
    {
        PeerAllowList? allowed = Allowed(text);
        ReconnectDelays delays = Delays(text);
        return () => new UnixConnectEndpoint(text.Address, allowed, delays);
    }

    private static ReconnectDelays Delays(BackendText text)
    {
        const int Longest = 3_600_000;
        ReconnectDelays usual = ReconnectDelays.Default;
        int? first = text.Number("reconnect-min-ms", 1, Longest);
        int? last = text.Number("reconnect-max-ms", first ?? 1, Longest);
        TimeSpan longest = last is { } most ? TimeSpan.FromMilliseconds(most) : usual.Last;
        TimeSpan shortest = first is { } least ? TimeSpan.FromMilliseconds(least) : usual.First < longest ? usual.First : longest;
        return new ReconnectDelays(shortest, longest > shortest ? longest : shortest);
    }

    private static bool IsAbstract(BackendText text) => text.Address.StartsWith('@');

    /// <summary>Null: whoever the socket's file lets in.</summary>
    private static PeerAllowList? Allowed(BackendText text)
    {
        bool isGuarded = text.Has("allow-uid") || text.Has("allow-gid");
        return isGuarded ? new PeerAllowList(text.Ids("allow-uid"), text.Ids("allow-gid"))
            : IsAbstract(text) ? throw text.Wrong($"{text.Address} is an abstract socket, which has no permissions; say whom it is for, allow-uid=N or allow-gid=N, or give a path")
            : null;
    }
}
