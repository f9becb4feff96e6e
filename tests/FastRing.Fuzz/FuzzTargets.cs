using FastRing.Fuzz.Targets;

namespace FastRing.Fuzz;

/// <summary>All targets, by name.</summary>
internal static class FuzzTargets
{
    private static readonly Dictionary<string, Func<FuzzTarget>> s_targets = new()
    {
        ["split-walker"] = static () => new RingWalker("split-walker", packed: false, tables: false),
        ["packed-walker"] = static () => new RingWalker("packed-walker", packed: true, tables: false),
        ["indirect"] = static () => new RingWalker("indirect", packed: null, tables: true),
        ["event-index"] = static () => new EventIndexes(),
        ["inflight"] = static () => new InflightRecovery(),
        ["dirty-log"] = static () => new DirtyLogs(),
        ["control-queue"] = static () => new ControlQueues(),
        ["message-stream"] = static () => new MessageStream(),
        ["vfio-user"] = static () => new VfioUserCommands(),
        ["memory-table"] = static () => new MemoryTables(),
        ["state-record"] = static () => new StateRecords(),
        ["resumable"] = static () => new ResumableFrames(),
        ["whole-device"] = static () => new WholeDevice(),
    };

    public static IReadOnlyCollection<string> Names => s_targets.Keys;

    public static FuzzTarget Create(string name) => s_targets[name]();
}
