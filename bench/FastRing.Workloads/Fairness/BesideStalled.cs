using FastRing.Console;
using FastRing.Console.Driver;
using FastRing.Console.Endpoints;
using FastRing.Workloads.Ports;

namespace FastRing.Workloads.Fairness;

/// <summary>A device with one port that is used and others that are stalled.</summary>
internal sealed class BesideStalled : IDisposable
{
    private const string Name = "used";
    private const ulong PortBytes = 2 << 20; // Rings and the driver's buffers.

    private readonly StalledPorts _stalled;

    /// <param name="endpoint">The host's end of the port that is used.</param>
    /// <param name="stalled">How many others there are.</param>
    public BesideStalled(IHostEndpoint endpoint, int stalled)
    {
        _stalled = new StalledPorts(stalled);
        Console = new DrivenConsole(
            [new PortOptions(Name, endpoint), .. _stalled.Options], new DriverBuffers(ReceiveCount: 0), (PortBytes * (ulong)(stalled + 3)) + (8 << 20));
        Port = Console.Open(Name);
        _stalled.Fill(Console);
    }

    public DrivenConsole Console { get; }

    /// <summary>The port that is used.</summary>
    public DriverPort Port { get; }

    /// <summary>The others.</summary>
    public StalledPorts Stalled => _stalled;

    public void Dispose()
    {
        Console.Dispose();
        _stalled.Dispose();
    }
}
