using FastRing.Console;
using FastRing.Console.Driver;
using FastRing.Console.Endpoints.Pipes;
using FastRing.Interop;
using FastRing.Workers;
using FastRing.Workloads.Notify;

namespace FastRing.Workloads.Ports;

/// <summary>64 bytes through a port's PipeReader and back through its PipeWriter while everybody polls, beside a bare ring; median, ns.</summary>
internal sealed class PolledRoundTrip : IComparison
{
    private readonly DrivenConsole _console;
    private readonly GuestCaller _caller;
    private readonly RingCaller _peer;
    private readonly RoundTripTimes _times = new();

    public PolledRoundTrip()
    {
        var pipe = new InPlacePipeEndpoint();
        _console = new DrivenConsole([new PortOptions("call", pipe)], new DriverBuffers(ReceiveCount: 0), 4 << 20);
        _console.Start(() => PipeEcho.RunAsync(pipe), onWorker: true);
        _caller = new GuestCaller(_console, _console.Open("call"));
        _peer = new RingCaller(new RingShape(256, DrivenConsole.RingFeatures));
        CpuAffinity.Set(Processors.Driver);
    }

    public string Unit => "ns p50";

    public int Messages => 100_000;

    /// <summary>The device's thread must not poll while others need its processor.</summary>
    public double Own()
    {
        _times.Clear();
        _console.Wait(WaitStrategy.Poll);
        _caller.RunPolling(Messages, _times);
        _console.Wait(WaitStrategy.Sleep);
        return Median();
    }

    public double Peer()
    {
        _times.Clear();
        _peer.Run(Messages, _times);
        return Median();
    }

    public void Dispose()
    {
        _console.Dispose();
        _peer.Dispose();
    }

    private double Median() => _times.Percentile(50)!.Value * 1000;
}
