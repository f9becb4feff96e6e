using FastRing.Queues;
using FastRing.VhostUser.Backend;
using FastRing.Workers;

namespace FastRing.VhostUser.Diagnostics;

/// <summary>Serves a device to VMMs, over whatever protocol, and can be asked about its rings.</summary>
internal interface IRingServer
{
    string Name { get; }

    Worker Worker { get; }

    bool IsConnected { get; }

    BackendCounters Counters { get; }

    /// <summary>The counters of every ring that runs. Any thread.</summary>
    IEnumerable<(int Index, VirtqueueCounters Counters)> RunningQueues();

    /// <summary>Looks at those of some rings that a VMM has spoken of. The worker's thread.</summary>
    /// <returns>True when there are rings behind them.</returns>
    bool Look(int first, int count, List<RingReport> reports);
}
