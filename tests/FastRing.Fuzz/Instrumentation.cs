using SharpFuzz;

namespace FastRing.Fuzz;

/// <summary>Has copies of the libraries note which branches they take, for AFL.</summary>
internal static class Instrumentation
{
    /// <summary>What is instrumented. Not the worker: how often it goes round is chance.</summary>
    private static readonly string[] s_prefixes =
        ["FastRing.Memory.", "FastRing.Queues.", "FastRing.Devices.", "FastRing.Spec.", "FastRing.VhostUser.", "FastRing.Transports.", "FastRing.VfioUser.", "FastRing.Console."];

    private static readonly string[] s_libraries = ["FastRing.Core.dll", "FastRing.VhostUser.dll", "FastRing.Transports.dll", "FastRing.VfioUser.dll", "FastRing.Console.dll"];

    /// <summary>Instruments libraries in a folder, which is not that of the program that runs.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="libraries">Which; none: all.</param>
    public static void AddTo(string folder, params ReadOnlySpan<string> libraries)
    {
        foreach (string library in libraries.IsEmpty ? s_libraries : libraries)
        {
            Fuzzer.Instrument(Path.Combine(folder, library), static type => s_prefixes.Any(prefix => type.StartsWith(prefix, StringComparison.Ordinal)), Options.Value);
        }
    }
}
