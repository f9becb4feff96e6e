namespace FastRing.Workloads.Hub;

/// <summary>Bytes that did not reach a client that reads, beside none.</summary>
internal sealed class HubLoss(int observers) : IComparison
{
    private readonly ObservedHub _hub = new(observers);

    public string Unit => "bytes";

    public int Messages => 64;

    public double Own()
    {
        long before = _hub.Lost;
        _hub.Run(Messages);
        return _hub.Lost - before;
    }

    public double Peer() => 0;

    public void Dispose() => _hub.Dispose();
}
