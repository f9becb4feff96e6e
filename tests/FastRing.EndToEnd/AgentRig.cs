using FastRing.Agent;
using FastRing.Host.Guests;
using FastRing.Host.Serving;

namespace FastRing.EndToEnd;

/// <summary>A Linux guest whose qemu-ga is reached through a port of FastRing's.</summary>
internal sealed class AgentRig : IAsyncDisposable
{
    /// <summary>A port for whatever a test runs beside the agent.</summary>
    public const string OtherPort = "org.example.echo.0";

    private AgentRig(GuestRig rig, GuestAgent agent)
    {
        Rig = rig;
        Agent = agent;
    }

    public GuestRig Rig { get; }

    public GuestAgent Agent { get; private set; }

    public string AgentSocket => Rig["agent.sock"];

    public string OtherSocket => Rig["other.sock"];

    public static async Task<AgentRig> StartAsync()
    {
        PortConfig[] ports =
        [
            new() { Name = GuestFiles.AgentPort, Backend = "unix:FOLDER/agent.sock" },
            new() { Name = OtherPort, Backend = "unix:FOLDER/other.sock" },
        ];
        GuestRig rig = await GuestRig.StartAsync(new GuestConfig { MaxPorts = 3, Ports = ports }, o => o with { RunAgent = true, LoggedInUser = "alice" });
        return new AgentRig(rig, await ConnectAsync(rig["agent.sock"]));
    }

    public static async Task<GuestAgent> ConnectAsync(string socket)
    {
        GuestAgent agent = await GuestAgent.ConnectAsync(socket);
        agent.Timeout = GuestRig.Patience;
        return agent;
    }

    public async ValueTask DisposeAsync()
    {
        await Agent.DisposeAsync();
        await Rig.DisposeAsync();
    }
}
