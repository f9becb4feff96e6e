namespace FastRing.Perf;

/// <summary>How a device waits and notifies.</summary>
/// <param name="Wait">What its thread does that finds nothing: sleep, adaptive or poll.</param>
/// <param name="Coalescing">How it gathers notifications, as <c>workloads notify --coalesce</c> has it.</param>
internal sealed record NotifySetting(string Wait, string Coalescing)
{
    /// <summary>What workers and queues do unless told otherwise.</summary>
    public static NotifySetting Default { get; } = new("sleep", "immediate");

    public IEnumerable<string> WorkloadOptions => ["--wait", Wait, "--coalesce", Coalescing];

    public override string ToString() => $"{Wait}, {Coalescing}";
}
