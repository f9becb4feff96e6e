using FastRing.Host.Serving;

namespace FastRing.Host.Demo;

/// <summary>The ports of the demo's guest, and the sockets of those that the host's side connects to.</summary>
/// <param name="Folder">Where the sockets are.</param>
internal sealed record DemoPorts(string Folder)
{
    public const string Hello = "org.fastring.hello.0";
    public const string Echo = "org.fastring.echo.0";
    public const string RoundTrip = "org.fastring.roundtrip.0";
    public const string Agent = "org.qemu.guest_agent.0";

    public string VhostSocket => Path.Combine(Folder, "vhost.sock");

    public string HelloSocket => Path.Combine(Folder, "hello.sock");

    public string RoundTripSocket => Path.Combine(Folder, "roundtrip.sock");

    public string AgentSocket => Path.Combine(Folder, "agent.sock");

    public GuestConfig ToGuest() => new()
    {
        Name = "demo",
        SocketPath = VhostSocket,
        MaxPorts = 5, // A small device makes a faster guest: Linux looks at every queue at each interrupt.
        Ports =
        [
            new PortConfig { Name = Hello, Backend = $"unix:{HelloSocket}" },
            new PortConfig { Name = Echo, Backend = "echo" },
            new PortConfig { Name = RoundTrip, Backend = $"unix:{RoundTripSocket}" },
            new PortConfig { Name = Agent, Backend = $"unix:{AgentSocket}" },
        ],
    };
}
