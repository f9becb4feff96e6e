using System.Diagnostics;
using FastRing.Console;
using FastRing.Console.Ports;

namespace FastRing.Workloads.Fairness;

/// <summary>What passes a port that is flooded and limited, beside its limit.</summary>
internal sealed class LimitedPort : IComparison
{
    private const int BytesPerMessage = 32 * 1024;
    private const int BytesPerSmallMessage = 512;
    private static readonly TimeSpan s_begin = TimeSpan.FromSeconds(0.2);
    private static readonly TimeSpan s_time = TimeSpan.FromSeconds(2.5);

    private readonly FloodedPorts _flood;
    private readonly RateLimit _limit;

    public LimitedPort(RateLimit limit)
    {
        _limit = limit;
        _flood = new FloodedPorts([CountsMessages ? BytesPerSmallMessage : BytesPerMessage], limit);
        Feed(s_begin); // What it may take ahead.
    }

    public string Unit => CountsMessages ? "messages/s" : "MB/s";

    public int Messages => 0;

    private bool CountsMessages => _limit.MessagesPerSecond > 0;

    private Port Port => _flood.Ports[0];

    public double Own()
    {
        Feed(s_begin);
        ulong before = Port.Counters.BytesToHost;
        double seconds = Feed(s_time);
        double passed = Port.Counters.BytesToHost - before;
        return CountsMessages ? passed / BytesPerSmallMessage / seconds : passed / 1e6 / seconds;
    }

    public double Peer() => CountsMessages ? _limit.MessagesPerSecond : _limit.BytesPerSecond / 1e6;

    public void Dispose() => _flood.Dispose();

    /// <returns>Seconds it took.</returns>
    private double Feed(TimeSpan time)
    {
        long start = Stopwatch.GetTimestamp();
        do
        {
            _flood.Feed();
            Thread.Sleep(1);
        }
        while (Stopwatch.GetElapsedTime(start) < time);
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }
}
