using FastRing.Console.Endpoints;

namespace FastRing.Workloads.Fairness;

/// <summary>The most bytes a device holds for a port that nobody reads, beside the limit that was set for it.</summary>
internal sealed class StalledMemory(int stalled) : IComparison
{
    private readonly BesideStalled _ports = new(new NullEndpoint(), stalled);

    public string Unit => "bytes";

    public int Messages => 0;

    public double Own() => _ports.Stalled.MostBytesHeld();

    public double Peer() => StalledPorts.BufferLimit;

    public void Dispose() => _ports.Dispose();
}
