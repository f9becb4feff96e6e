using System.Diagnostics;
using FastRing.Workloads;

namespace FastRing.Perf;

/// <summary>A build of FastRing.Workloads.</summary>
/// <param name="Name">What the tables call the build.</param>
/// <param name="Path">The program.</param>
/// <param name="WarmSeconds">How long its loops run before they are timed.</param>
internal sealed record WorkloadProgram(string Name, string Path, double WarmSeconds)
{
    /// <summary>As built beside this one. Tiered compilation takes its time: until the last tier is there, a loop takes several times as long.</summary>
    public static WorkloadProgram Jit { get; } = new("JIT", System.IO.Path.Combine(AppContext.BaseDirectory, "FastRing.Workloads"), 2.5);

    /// <summary>The builds a request asks for.</summary>
    public static IReadOnlyList<WorkloadProgram> For(PerfRequest request) => request.WithNativeAot ? [Jit, NativeAot.Publish()] : [Jit];

    /// <summary>Runs a loop and reads what it prints.</summary>
    public Measurement Run(params IEnumerable<string> arguments) => Measurement.Parse(Output(arguments));

    /// <summary>Runs a loop.</summary>
    /// <returns>The line it prints.</returns>
    public string Output(params IEnumerable<string> arguments)
    {
        using Process process = PinnedProgram.Start(Path, [.. arguments, "--warm", $"{WarmSeconds}"]);
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0
            ? output
            : throw new IOException($"{Path} {string.Join(' ', arguments)}: {errors.Result}");
    }
}
