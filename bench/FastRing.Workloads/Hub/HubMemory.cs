namespace FastRing.Workloads.Hub;

/// <summary>Managed memory that came with each client of a hub, the handle of its own end included, beside the limit we set.</summary>
internal sealed class HubMemory(int observers) : IComparison
{
    private const int Limit = 4096;

    private readonly ObservedHub _hub = new(observers);

    public string Unit => "bytes";

    public int Messages => 0;

    public double Own() => _hub.BytesEach;

    public double Peer() => Limit;

    public void Dispose() => _hub.Dispose();
}
