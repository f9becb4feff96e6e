using System.Diagnostics;

namespace FastRing.Workloads.Hub;

/// <summary>What a guest writes and every client of a hub reads, beside a loop that writes the same to as many pairs of sockets; MB/s of the guest.</summary>
internal sealed class HubThroughput : IComparison
{
    private const long DeliveredBytes = 1L << 30; // Of all clients together.

    private readonly ObservedHub _hub;
    private readonly SocketLoop _peer;

    public HubThroughput(int observers)
    {
        Messages = (int)Math.Max(DeliveredBytes / ObservedHub.MessageBytes / observers, 64);
        _hub = new ObservedHub(observers);
        _peer = new SocketLoop(observers, ObservedHub.MessageBytes);
    }

    public string Unit => "MB/s";

    public int Messages { get; }

    public double Own()
    {
        long start = Stopwatch.GetTimestamp();
        _hub.Run(Messages);
        return _hub.Lost == 0 ? Rate(start) : throw new IOException($"{_hub.Lost} bytes were lost");
    }

    public double Peer()
    {
        long start = Stopwatch.GetTimestamp();
        _peer.Run(Messages);
        return Rate(start);
    }

    public void Dispose()
    {
        _hub.Dispose();
        _peer.Dispose();
    }

    private double Rate(long start) => Messages * (double)ObservedHub.MessageBytes / Stopwatch.GetElapsedTime(start).TotalMicroseconds;
}
