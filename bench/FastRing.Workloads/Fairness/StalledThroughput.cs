using System.Diagnostics;
using FastRing.Console.Endpoints.Pipes;
using FastRing.Interop;
using FastRing.Workloads.Ports;

namespace FastRing.Workloads.Fairness;

/// <summary>Guest to host through a port's PipeReader beside stalled ports, and through the only port of another device; GB/s.</summary>
internal sealed class StalledThroughput : IComparison
{
    private const int MessageBytes = 32 * 1024;
    private const int Buffers = 128; // 4 MiB: what is overwritten has left the cache of the reader.
    private const int Portion = 64; // Buffers after which the guest tries a stalled port again.

    private readonly BesideStalled _beside;
    private readonly BesideStalled _alone;
    private readonly GuestWriter _writerBeside;
    private readonly GuestWriter _writerAlone;

    public StalledThroughput(int stalled)
    {
        (_beside, _writerBeside) = Used(stalled);
        (_alone, _writerAlone) = Used(0);
        CpuAffinity.Set(Processors.Driver);
    }

    public string Unit => "GB/s";

    public int Messages => 16384;

    public double Own() => Rate(_writerBeside, _beside);

    public double Peer() => Rate(_writerAlone, _alone);

    public void Dispose()
    {
        _beside.Dispose();
        _alone.Dispose();
    }

    private static (BesideStalled Ports, GuestWriter Writer) Used(int stalled)
    {
        var pipe = new InPlacePipeEndpoint();
        var ports = new BesideStalled(pipe, stalled);
        ports.Console.Start(() => PipeSink.RunAsync(pipe.Input), onWorker: true);
        return (ports, new GuestWriter(ports.Console, ports.Port, ByteLook.Message(MessageBytes), Buffers, fills: true));
    }

    private double Rate(GuestWriter writer, BesideStalled ports)
    {
        long start = Stopwatch.GetTimestamp();
        for (int left = Messages; left > 0; left -= Portion)
        {
            writer.RunWithoutEnd(Portion);
            ports.Stalled.WriteOne();
        }

        writer.Run(0);
        return (double)Messages * MessageBytes / Stopwatch.GetElapsedTime(start).TotalNanoseconds;
    }
}
