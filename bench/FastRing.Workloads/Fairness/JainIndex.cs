using System.Diagnostics;
using FastRing.Console.Ports;
using FastRing.Interop;

namespace FastRing.Workloads.Fairness;

/// <summary>Jain's index of what passes flooded ports: 1 when each has the same, 1/n when one has all.</summary>
internal sealed class JainIndex : IComparison
{
    private static readonly TimeSpan s_time = TimeSpan.FromSeconds(0.5);

    private readonly FloodedPorts _flood;

    /// <param name="messageBytes">For each port the bytes of its guest's buffers.</param>
    public JainIndex(int[] messageBytes)
    {
        _flood = new FloodedPorts(messageBytes);
        CpuAffinity.Set(Processors.Driver);
    }

    public string Unit => "Jain index";

    public int Messages => 0;

    public double Own()
    {
        Feed(s_time / 10);
        ulong[] before = Bytes();
        Feed(s_time);
        double[] passed = [.. Bytes().Zip(before, (now, then) => (double)(now - then))];
        return passed.Sum() * passed.Sum() / (passed.Length * passed.Sum(p => p * p));
    }

    public double Peer() => 1;

    public void Dispose() => _flood.Dispose();

    private void Feed(TimeSpan time)
    {
        for (long start = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(start) < time;)
        {
            _flood.Feed();
        }
    }

    private ulong[] Bytes() => [.. _flood.Ports.Select(p => p.Counters.BytesToHost)];
}
