using System.Diagnostics;
using FastRing.Console;
using FastRing.Console.Driver;
using FastRing.Console.Endpoints;
using FastRing.Interop;

namespace FastRing.Workloads.Ports;

/// <summary>Guest to host through a port's unix socket, beside a pair of sockets; GB/s.</summary>
internal sealed class SocketThroughput : IComparison
{
    private const int BytesUnderWay = 1 << 20;
    private const int RunBytes = 512 << 20;

    private readonly DrivenConsole _console;
    private readonly GuestWriter _writer;
    private readonly SocketReader _reader;
    private readonly SocketTransfer _peer;
    private readonly int _messageBytes;

    /// <param name="messageBytes">Bytes of a buffer of the guest, and of a write to the socket.</param>
    /// <param name="guestProcessor">Where the guest writes: the device's processor, which then is the one of all that writes, or the reader's.</param>
    public SocketThroughput(int messageBytes, int guestProcessor)
    {
        _messageBytes = messageBytes;
        Messages = RunBytes / messageBytes;
        byte[] source = ByteLook.Message(messageBytes);
        string path = $"@fastring-workloads-{Environment.ProcessId}";
        _console = new DrivenConsole([new PortOptions("stream", new UnixListenEndpoint(path))], new DriverBuffers(), (2 * BytesUnderWay) + (2 << 20));
        _reader = new SocketReader(UnixSocket.Connect(path), messageBytes);
        _writer = new GuestWriter(_console, _console.Open("stream"), source, Math.Min(BytesUnderWay / messageBytes, 128), fills: false);
        _peer = new SocketTransfer(source);
        CpuAffinity.Set(guestProcessor);
    }

    public string Unit => "GB/s";

    public int Messages { get; }

    public double Own()
    {
        long start = Stopwatch.GetTimestamp();
        _reader.Begin(Messages);
        _writer.Run(Messages);
        _reader.End();
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
        _reader.Dispose();
        _console.Dispose();
        _peer.Dispose();
    }

    private double Rate(long start) => (double)Messages * _messageBytes / Stopwatch.GetElapsedTime(start).TotalNanoseconds;
}
