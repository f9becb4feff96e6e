using FastRing.Workers;

namespace FastRing.Workloads.Net;

/// <summary>Looked at by a polling worker once a round, like a ring: tells the device of rounds that brought it no work.</summary>
internal sealed class IdleWatch(NetDevice device) : IPolled
{
    public void BeginPolling()
    {
    }

    public bool Poll()
    {
        device.EndRound();
        return false;
    }

    public void EndPolling()
    {
    }

    public void OnFault(Exception fault) => Environment.FailFast("the device failed", fault);
}
