using FastRing.Console.Endpoints;

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
        new("file", "PATH", [], static text => () => new FileEndpoint(text.Address)),
        new("stdio", null, [], static _ => static () => new StdioEndpoint()),
        new("echo", null, [], static _ => static () => new EchoEndpoint()),
        new("agent", "PATH", ["allow-uid", "allow-gid", "mode"], Agent) { IsAddressOptional = true },
        new("null", null, [], static _ => static () => new NullEndpoint()),
    ];

    /// <summary>It may do without its address.</summary>
    public bool IsAddressOptional { get; init; }

    /// <summary>How it is written, without options.</summary>
    public string Usage => Address is null ? Name : IsAddressOptional ? $"{Name}[:{Address}]" : $"{Name}:{Address}";

    private static string[] ReconnectOptions => ["reconnect-min-ms", "reconnect-max-ms"];

    private static Func<IHostEndpoint> UnixListen(BackendText text)
    {
        PeerAllowList? allowed = Allowed(text);
        int? mode = text.Mode("mode");
        if (mode is not null && IsAbstract(text))
        {
            throw text.Wrong("an abstract socket has no mode");
        }

        return () => new UnixListenEndpoint(text.Address, allowed, mode);
    }

    private static Func<IHostEndpoint> UnixConnect(BackendText text)
    {
        PeerAllowList? allowed = Allowed(text);
        ReconnectDelays delays = Delays(text);
        return () => new UnixConnectEndpoint(text.Address, allowed, delays);
    }

    /// <summary>The guest agent's port; the management API's callers share it, and at a path other programs.</summary>
    private static Func<IHostEndpoint> Agent(BackendText text)
    {
        if (text.Address.Length == 0)
        {
            return text.OptionNames.FirstOrDefault() is { } option ? throw text.Wrong($"{option} goes with a path") : static () => new AgentEndpoint(null, null, null);
        }

        PeerAllowList? allowed = Allowed(text);
        int? mode = text.Mode("mode");
        return IsAbstract(text) && mode is not null ? throw text.Wrong("an abstract socket has no mode") : () => new AgentEndpoint(text.Address, allowed, mode);
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
