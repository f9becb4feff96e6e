using System.Diagnostics;
using System.IO.Pipelines;
using FastRing.Console;
using FastRing.Console.Driver;
using FastRing.Console.Endpoints;
using FastRing.Console.Endpoints.Pipes;
using FastRing.Interop;

namespace FastRing.Workloads.Ports;

/// <summary>Guest to host through a port's PipeReader, beside what a program has without one; GB/s.</summary>
internal sealed class PipeThroughput : IComparison
{
    // More than the cache of one processor holds: what a writer overwrites has left the reader's.
    private const int BytesUnderWay = 4 << 20;
    private const int RunBytes = 512 << 20;

    private readonly DrivenConsole _console;
    private readonly GuestWriter _writer;
    private readonly ITransfer _peer;
    private readonly int _messageBytes;

    /// <param name="messageBytes">Bytes of a buffer of the guest, and of a write to the pipe.</param>
    /// <param name="inPlace">Over guest memory, on the worker; else private bytes, on the thread pool.</param>
    /// <param name="peer">What it is compared with, for what is written at once and the bytes under way at the most.</param>
    public PipeThroughput(int messageBytes, bool inPlace, Func<byte[], int, ITransfer> peer)
    {
        _messageBytes = messageBytes;
        Messages = RunBytes / messageBytes;
        byte[] source = ByteLook.Message(messageBytes);
        var options = new PipeEndpointOptions { BufferLimit = BytesUnderWay };
        IHostEndpoint pipe = inPlace ? new InPlacePipeEndpoint(options) : new PipeEndpoint(options);
        _console = new DrivenConsole([new PortOptions("stream", pipe)], new DriverBuffers(), (2 * BytesUnderWay) + (2 << 20));
        _console.Start(() => PipeSink.RunAsync(((IDuplexPipe)pipe).Input), onWorker: inPlace);
        _writer = new GuestWriter(_console, _console.Open("stream"), source, Math.Min(BytesUnderWay / messageBytes, 128), fills: true);
        _peer = peer(source, BytesUnderWay);
        CpuAffinity.Set(Processors.Driver);
    }

    public string Unit => "GB/s";

    public int Messages { get; }

    public double Own()
    {
        long start = Stopwatch.GetTimestamp();
        _writer.Run(Messages);
        return Rate(start);
    }

    public double Peer()
    {
        long start = Stopwatch.GetTimestamp();
        _peer.Run(Messages);
        return Rate(start);
    }

    public void Dispose()
    {
        _console.Dispose();
        _peer.Dispose();
    }

    private double Rate(long start) => (double)Messages * _messageBytes / Stopwatch.GetElapsedTime(start).TotalNanoseconds;
}
