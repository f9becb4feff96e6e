using System.Diagnostics;
using FastRing.Console;
using FastRing.Console.Driver;
using FastRing.Console.Endpoints.Pipes;
using FastRing.Interop;

namespace FastRing.Workloads.Ports;

/// <summary>Host to guest through a port's PipeWriter, into the guest's own buffers, beside a pipe of the framework; GB/s.</summary>
internal sealed class PipeToGuest : IComparison
{
    private const int BytesUnderWay = 4 << 20;
    private const int RunBytes = 512 << 20;
    private const int LeastLimit = 4096;

    private readonly DrivenConsole _console;
    private readonly GuestReader _reader;
    private readonly PipeTransfer _peer;
    private readonly int _messageBytes;

    /// <param name="messageBytes">Bytes of a flush, and of a buffer of the guest.</param>
    public PipeToGuest(int messageBytes)
    {
        _messageBytes = messageBytes;
        Messages = RunBytes / messageBytes;
        byte[] source = ByteLook.Message(messageBytes);

        // What the guest has no buffer for waits in private memory: one message, and the next flush waits.
        var pipe = new InPlacePipeEndpoint(new PipeEndpointOptions { BufferLimit = Math.Max(LeastLimit, messageBytes / 2) });
        _console = new DrivenConsole([new PortOptions("stream", pipe)], new DriverBuffers(ReceiveCount: 0), (2 * BytesUnderWay) + (2 << 20));
        _console.Start(() => PipeSource.RunAsync(pipe.Output, source), onWorker: true);
        _reader = new GuestReader(_console, _console.Open("stream"), messageBytes, Math.Min(BytesUnderWay / messageBytes, 128));
        _peer = new PipeTransfer(source, BytesUnderWay);
        CpuAffinity.Set(Processors.Driver);
    }

    public string Unit => "GB/s";

    public int Messages { get; }

    public double Own()
    {
        long start = Stopwatch.GetTimestamp();
        _reader.Run(Messages);
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
