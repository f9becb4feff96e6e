using System.Globalization;
using System.Net;
using FastRing.Console.Endpoints;
using FastRing.Console.Endpoints.Hubs;
using FastRing.Console.Endpoints.Resumable;
using FastRing.Console.Endpoints.Tls;

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
        new("unix", "PATH", ["allow-uid", "allow-gid", "mode", "send-buffer"], UnixListen) { MakesPath = true },
        new("connect", "PATH", ["allow-uid", "allow-gid", .. ReconnectOptions], UnixConnect),
        new("hub", "PATH", ["allow-uid", "allow-gid", "mode", .. HubBackend.Options], Hub) { MakesPath = true },
        new("passfd", "PATH", ["allow-uid", "allow-gid", "mode"], Pass) { MakesPath = true },
        new("resume", "PATH", ["allow-uid", "allow-gid", "mode", "resume-seconds"], Resume) { MakesPath = true, IsForSerialPorts = true },
        new("bridge", "NAME", [], static text => () => BridgeTable.Join(text.Address)),
        new("ring", "SIZE", [], Ring) { IsAddressOptional = true },
        new("tcp", "[HOST:]PORT", ["tls-cert", "tls-key", "tls-ca"], TcpListen),
        new("tcp-connect", "HOST:PORT", ["tls", "tls-host", "tls-ca", "tls-cert", "tls-key", .. ReconnectOptions], TcpConnect),
        new("pty", "LINK", [], static text => () => new PtyEndpoint(text.Address.Length > 0 ? text.Address : null)) { IsAddressOptional = true, MakesPath = true },
        new("file", "PATH", ["max-bytes", "keep", "timestamps"], File) { MakesPath = true },
        new("fifo", "PATH", [], static text => () => new FifoEndpoint(text.Address)),
        new("fd", "N", [], Fd),
        new("stdio", null, [], static _ => static () => new StdioEndpoint()),
        new("echo", null, [], static _ => static () => new EchoEndpoint()),
        new("agent", "PATH", ["allow-uid", "allow-gid", "mode"], Agent) { IsAddressOptional = true, MakesPath = true },
        new("null", null, [], static _ => static () => new NullEndpoint()),
    ];

    /// <summary>It may do without its address.</summary>
    public bool IsAddressOptional { get; init; }

    /// <summary>Its address is a path it makes, which no other may make too.</summary>
    public bool MakesPath { get; init; }

    /// <summary>It is for a port whose guest waits: a console's does not.</summary>
    public bool IsForSerialPorts { get; init; }

    /// <summary>How it is written, without options.</summary>
    public string Usage => Address is null ? Name : IsAddressOptional ? $"{Name}[:{Address}]" : $"{Name}:{Address}";

    /// <summary>How it is written, with its options.</summary>
    public string Help => Options.Length == 0 ? Usage : $"{Usage} ({string.Join(", ", Options)})";

    private static string[] ReconnectOptions => ["reconnect-min-ms", "reconnect-max-ms"];

    private static Func<IHostEndpoint> UnixListen(BackendText text)
    {
        const int LeastSendBuffer = 4 << 10;
        const int MostSendBuffer = 64 << 20;
        (PeerAllowList? allowed, int? mode) = Door(text);
        long? sendBuffer = text.Size("send-buffer", LeastSendBuffer);
        return sendBuffer > MostSendBuffer
            ? throw text.Wrong($"send-buffer={text.Text("send-buffer")}: expected {MostSendBuffer >> 20}M or less")
            : () => new UnixListenEndpoint(text.Address, allowed, mode, (int?)sendBuffer);
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

    private static Func<IHostEndpoint> Resume(BackendText text)
    {
        const int MostSeconds = 86_400;
        (PeerAllowList? allowed, int? mode) = Door(text);
        TimeSpan? resumeTime = text.Number("resume-seconds", 1, MostSeconds) is { } seconds ? TimeSpan.FromSeconds(seconds) : null;
        return () => new ResumableEndpoint(text.Address, resumeTime, allowed, mode);
    }

    private static Func<IHostEndpoint> Ring(BackendText text)
    {
        int size = HubBackend.RingSize(text);
        return () => new RingEndpoint(size);
    }

    /// <summary>Whom a listening unix socket is for.</summary>
    private static (PeerAllowList? Allowed, int? Mode) Door(BackendText text)
    {
        ThrowIfNoSocketPath(text);
        PeerAllowList? allowed = Allowed(text);
        int? mode = text.Mode("mode");
        return mode is not null && IsAbstract(text) ? throw text.Wrong("an abstract socket has no mode") : (allowed, mode);
    }

    private static Func<IHostEndpoint> UnixConnect(BackendText text)
    {
        ThrowIfNoSocketPath(text);
        PeerAllowList? allowed = Allowed(text);
        ReconnectDelays delays = Delays(text);
        return () => new UnixConnectEndpoint(text.Address, allowed, delays);
    }

    private static Func<IHostEndpoint> TcpListen(BackendText text)
    {
        (string? host, int port) = HostAndPort(text, leastPort: 0);
        IPAddress? address = host is null or "localhost" ? IPAddress.Loopback : null;
        if (address is null && !IPAddress.TryParse(host, out address))
        {
            throw text.Wrong($"'{host}' is no address to listen on: expected one of this machine, for example 127.0.0.1, [::1], or 0.0.0.0 for all of them");
        }

        TlsOptions? tls = Tls(text, isOn: text.Has("tls-cert") || text.Has("tls-key") || text.Has("tls-ca"));
        return tls is { CertificateFile: null }
            ? throw text.Wrong("TLS needs tls-cert=FILE and tls-key=FILE")
            : () => new TcpListenEndpoint(new IPEndPoint(address, port), tls);
    }

    private static Func<IHostEndpoint> TcpConnect(BackendText text)
    {
        (string? host, int port) = HostAndPort(text, leastPort: 1);
        TlsOptions? tls = Tls(text, text.Switch("tls"));
        ReconnectDelays delays = Delays(text);
        if (tls is null && text.OptionNames.FirstOrDefault(o => o.StartsWith("tls-", StringComparison.Ordinal)) is { } option)
        {
            throw text.Wrong($"{option} goes with tls=on");
        }

        return host is null ? throw text.Wrong("expected tcp-connect:HOST:PORT") : () => new TcpConnectEndpoint(host, port, tls, delays);
    }

    private static Func<IHostEndpoint> File(BackendText text)
    {
        const int MostKept = 1000;
        const long LeastBytes = 1024;
        long? maxBytes = text.Size("max-bytes", LeastBytes);
        int? keep = text.Number("keep", 1, MostKept);
        var options = new FileEndpointOptions { MaxBytes = maxBytes, Timestamps = text.Switch("timestamps") };
        return keep is not null && maxBytes is null
            ? throw text.Wrong("keep goes with max-bytes")
            : () => new FileEndpoint(text.Address, keep is { } count ? options with { Keep = count } : options);
    }

    private static Func<IHostEndpoint> Fd(BackendText text) => int.TryParse(text.Address, NumberStyles.None, CultureInfo.InvariantCulture, out int number)
        ? () => new FdEndpoint(number)
        : throw text.Wrong("expected the number of an inherited descriptor, for example fd:3");

    /// <summary>[HOST:]PORT; an IPv6 address is in brackets.</summary>
    private static (string? Host, int Port) HostAndPort(BackendText text, int leastPort)
    {
        int colon = text.Address.LastIndexOf(':');
        string host = colon < 0 ? "" : text.Address[..colon];
        bool isBracketed = host is ['[', .., ']'];
        bool isPort = int.TryParse(text.Address[(colon + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out int port) && port >= leastPort && port <= ushort.MaxValue;
        if (!isPort || colon == 0 || (host.Contains(':', StringComparison.Ordinal) && !isBracketed))
        {
            throw text.Wrong($"expected {(leastPort > 0 ? "HOST:PORT" : "[HOST:]PORT")} with a port from {leastPort} to 65535, and an IPv6 address in brackets, for example [::1]:5000");
        }

        return (colon < 0 ? null : isBracketed ? host[1..^1] : host, port);
    }

    /// <summary>Null: no TLS.</summary>
    private static TlsOptions? Tls(BackendText text, bool isOn)
    {
        if (text.Has("tls-cert") != text.Has("tls-key"))
        {
            throw text.Wrong("tls-cert and tls-key go together");
        }

        return isOn
            ? new TlsOptions { CertificateFile = text.Text("tls-cert"), KeyFile = text.Text("tls-key"), AuthorityFile = text.Text("tls-ca"), TargetHost = text.Text("tls-host") }
            : null;
    }

    /// <summary>The guest agent's port; the management API's callers share it, and at a path other programs.</summary>
    private static Func<IHostEndpoint> Agent(BackendText text)
    {
        if (text.Address.Length == 0)
        {
            return text.OptionNames.FirstOrDefault() is { } option ? throw text.Wrong($"{option} goes with a path") : static () => new AgentEndpoint(null, null, null);
        }

        (PeerAllowList? allowed, int? mode) = Door(text);
        return () => new AgentEndpoint(text.Address, allowed, mode);
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

    private static void ThrowIfNoSocketPath(BackendText text)
    {
        if (SocketPath.WhyInvalid(text.Address) is { } why)
        {
            throw text.Wrong(why);
        }
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
