namespace FastRing.Workloads;

/// <summary>What shows in a trace of system calls where a thread's loop begins and ends: it asks for a file that is not there.</summary>
public static class TraceMarks
{
    /// <summary>Asked for before the loop.</summary>
    public const string Begin = "/fastring/loop-begins";

    /// <summary>Asked for after it.</summary>
    public const string End = "/fastring/loop-ends";

    /// <summary>The same work between the two.</summary>
    public static Action<int> Around(Action<int> work) => messages =>
    {
        _ = File.Exists(Begin);
        work(messages);
        _ = File.Exists(End);
    };
}
