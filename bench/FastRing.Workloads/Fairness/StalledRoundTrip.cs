using FastRing.Console.Endpoints.Pipes;
using FastRing.Interop;
using FastRing.Workloads.Notify;
using FastRing.Workloads.Ports;

namespace FastRing.Workloads.Fairness;

/// <summary>64 bytes to a port's PipeReader and back from its PipeWriter beside stalled ports, and through the only port of another device; everybody sleeps in between; p99, us.</summary>
internal sealed class StalledRoundTrip : IComparison
{
    private const int Portion = 100; // Round trips after which the guest tries a stalled port again.

    private readonly BesideStalled _beside;
    private readonly BesideStalled _alone;
    private readonly GuestCaller _callerBeside;
    private readonly GuestCaller _callerAlone;
    private readonly RoundTripTimes _times = new();

    public StalledRoundTrip(int stalled)
    {
        (_beside, _callerBeside) = Used(stalled);
        (_alone, _callerAlone) = Used(0);
        CpuAffinity.Set(Processors.Driver);
    }

    public string Unit => "us p99";

    public int Messages => 20_000;

    public double Own() => Percentile(_callerBeside, _beside);

    public double Peer() => Percentile(_callerAlone, _alone);

    public void Dispose()
    {
        _beside.Dispose();
        _alone.Dispose();
    }

    private static (BesideStalled Ports, GuestCaller Caller) Used(int stalled)
    {
        var pipe = new InPlacePipeEndpoint();
        var ports = new BesideStalled(pipe, stalled);
        ports.Console.Start(() => PipeEcho.RunAsync(pipe), onWorker: true);
        return (ports, new GuestCaller(ports.Console, ports.Port));
    }

    private double Percentile(GuestCaller caller, BesideStalled ports)
    {
        _times.Clear();
        for (int left = Messages; left > 0; left -= Portion)
        {
            caller.RunSleeping(Portion, _times);
            ports.Stalled.WriteOne();
        }

        return _times.Percentile(99)!.Value;
    }
}
