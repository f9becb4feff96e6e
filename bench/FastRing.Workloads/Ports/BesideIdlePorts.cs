using System.Diagnostics;
using FastRing.Console;
using FastRing.Console.Endpoints.Pipes;
using FastRing.Interop;

namespace FastRing.Workloads.Ports;

/// <summary>Guest to host through one port beside 509 idle ones and a console, and through the only port of another device; GB/s.</summary>
internal sealed class BesideIdlePorts : IComparison
{
    /// <summary>With a console and one that is busy, all the ports a device has.</summary>
    public const int Idle = 509;

    private const int BytesUnderWay = 4 << 20; // What is overwritten has left the cache of the reader.
    private const int RunBytes = 256 << 20;

    private readonly ManyPorts _beside;
    private readonly ManyPorts _alone;
    private readonly GuestWriter _writerBeside;
    private readonly GuestWriter _writerAlone;
    private readonly int _messageBytes;

    public BesideIdlePorts(int messageBytes)
    {
        _messageBytes = messageBytes;
        Messages = RunBytes / messageBytes;
        (_beside, _writerBeside) = Busy(Idle);
        (_alone, _writerAlone) = Busy(0);
        CpuAffinity.Set(Processors.Driver);
    }

    public string Unit => "GB/s";

    public int Messages { get; }

    public double Own() => Rate(_writerBeside);

    public double Peer() => Rate(_writerAlone);

    public void Dispose()
    {
        _beside.Dispose();
        _alone.Dispose();
    }

    private (ManyPorts Ports, GuestWriter Writer) Busy(int idle)
    {
        var pipe = new InPlacePipeEndpoint();
        var ports = new ManyPorts([new PortOptions("stream", pipe)], idle);
        _ = ports.RunAsync(() => PipeSink.RunAsync(pipe.Input));
        int buffers = Math.Min(BytesUnderWay / _messageBytes, 128);
        return (ports, new GuestWriter(ports, ports.Open("stream"), ByteLook.Message(_messageBytes), buffers, fills: true));
    }

    private double Rate(GuestWriter writer)
    {
        long start = Stopwatch.GetTimestamp();
        writer.Run(Messages);
        return (double)Messages * _messageBytes / Stopwatch.GetElapsedTime(start).TotalNanoseconds;
    }
}
