using FastRing.Console;
using FastRing.Console.Driver;
using FastRing.Console.Endpoints;
using FastRing.Interop;
using FastRing.Workloads.Notify;

namespace FastRing.Workloads.Ports;

/// <summary>64 bytes from the guest through a port's unix socket to a host program and back while everybody sleeps in between, beside a bare pair of sockets; median, us.</summary>
internal sealed class SocketRoundTrip : IComparison
{
    private const int MessageBytes = 64;

    private readonly DrivenConsole _console;
    private readonly SocketEcho _host;
    private readonly GuestCaller _caller;
    private readonly PingPong _peer;
    private readonly RoundTripTimes _times = new();

    public SocketRoundTrip()
    {
        string path = $"@fastring-workloads-{Environment.ProcessId}";
        _console = new DrivenConsole([new PortOptions("call", new UnixListenEndpoint(path))], new DriverBuffers(ReceiveCount: 0), 4 << 20);
        _host = new SocketEcho(UnixSocket.Connect(path), MessageBytes);
        _caller = new GuestCaller(_console, _console.Open("call"));
        _peer = PingPong.OfUnixSockets(Processors.Device);
        CpuAffinity.Set(Processors.Driver);
    }

    public string Unit => "us p50";

    public int Messages => 5000;

    public double Own()
    {
        _times.Clear();
        _host.Begin(Messages);
        _caller.RunSleeping(Messages, _times);
        _host.End();
        return _times.Percentile(50)!.Value;
    }

    public double Peer() => _peer.Measure(Messages, _times);

    public void Dispose()
    {
        _host.Dispose();
        _console.Dispose();
        _peer.Dispose();
    }
}
