using System.Text.Json;
using FastRing.Workloads;

namespace FastRing.Perf.Comparing;

/// <summary>A loop of bench/FastRing.Workloads that commits are compared by.</summary>
/// <param name="Bench">The bench it belongs to, by which it is chosen.</param>
/// <param name="Case">Its name in the table.</param>
/// <param name="Options">What the program is given.</param>
internal sealed record ComparedLoop(string Bench, string Case, params string[] Options)
{
    private static readonly string[] s_samples = ["--samples", "21"];
    private static readonly string[] s_runs = ["--runs", "3"];

    // Each pins its threads itself, if it is not told where: chains run on the second processor, the others on both.
    private static readonly string[] s_processor = Environment.ProcessorCount > 1 ? ["--cpu", "1"] : [];

    /// <summary>All there are; the first of each bench is enough for a quick comparison.</summary>
    public static IReadOnlyList<ComparedLoop> All { get; } =
    [
        new("chains", "split", "chains", "--ring", "split"),
        new("chains", "packed", "chains", "--ring", "packed"),
        new("chains", "split, 4 descriptors", "chains", "--ring", "split", "--descriptors", "4"),
        new("ring", "split, two threads", "ring", "--ring", "split"),
        new("ring", "packed, two threads", "ring", "--ring", "packed"),
        new("memory", "64 KiB, one thread", "memory"),
        new("port", "pipe in place, 64 KiB", "port", "--case", "in-place"),
        new("port", "pipe, private copies, 64 KiB", "port", "--case", "private"),
        new("port", "unix socket, 64 KiB", "port", "--case", "socket"),
        new("port", "round trip, both sides asleep", "port", "--case", "round-trip-socket"),
        new("hub", "1000 observers", "hub"),
    ];

    /// <summary>Whether its instructions can be counted: that it has rounds of chains and one thread.</summary>
    public bool IsCounted => Options[0] == "chains";

    /// <summary>All that the program is given.</summary>
    public IEnumerable<string> AllOptions => [.. Options, .. IsCounted ? [.. s_samples, .. s_processor] : s_runs];

    public string Name => $"{Bench}: {Case}";

    /// <summary>Runs it in a process of its own.</summary>
    /// <exception cref="IOException">The program does not know it, fails, or prints something else.</exception>
    public LoopReading Run(WorkloadProgram program)
    {
        try
        {
            Measurement measured = program.Run(AllOptions);
            return measured is { Unit: not null, Values.Length: > 0 } ? LoopReading.Of(measured) : throw new JsonException("no values");
        }
        catch (Exception e) when (e is JsonException or FormatException)
        {
            throw new IOException($"{program.Name} prints no measurement: {e.Message}", e);
        }
    }
}
