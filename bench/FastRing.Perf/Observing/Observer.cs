using System.Diagnostics;
using FastRing.Perf.Comparing;
using FastRing.Workloads;

namespace FastRing.Perf.Observing;

/// <summary>A command of <c>fastring</c> that looks at a process while it works.</summary>
/// <param name="arguments">What the program is given, with the process for {0} and a file for {1}.</param>
internal sealed class Observer(params string[] arguments)
{
    /// <summary>Loops run as long before they are timed, so that the session has begun by then, with all that is compiled for it.</summary>
    private const double WarmSeconds = 6;

    private static readonly TimeSpan s_runtime = TimeSpan.FromMilliseconds(500); // Until its diagnostics socket is there.

    /// <summary>A live session, as a person has it.</summary>
    public static Observer Counters { get; } = new("counters", "{0}");

    /// <summary>A recording, longer than the loop.</summary>
    public static Observer Trace { get; } = new("trace", "{0}", "--duration", "600", "--output", "{1}");

    /// <summary>Runs a loop and looks at it. Both come before everything else of the machine, where this may be asked for, and neither before the other.</summary>
    public LoopReading Watch(ComparedLoop loop)
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("fastring-perf-");
        using Process process = PinnedProgram.Start(WorkloadProgram.Jit.Path, [.. loop.AllOptions, "--warm", $"{WarmSeconds}"]);
        try
        {
            Task<string> errors = process.StandardError.ReadToEndAsync();
            Thread.Sleep(s_runtime);
            using Process observer = Start(process.Id, Path.Combine(folder.FullName, "seen"));
            string output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            bool wasThere = !observer.HasExited || observer.ExitCode == 0;
            observer.Kill();
            observer.WaitForExit();
            return process.ExitCode == 0 && wasThere
                ? LoopReading.Of(Measurement.Parse(output))
                : throw new IOException($"{loop.Name}, {arguments[0]}: {errors.Result}");
        }
        finally
        {
            process.Kill();
            folder.Delete(recursive: true);
        }
    }

    private Process Start(int process, string file)
    {
        string[] given = [.. arguments.Select(a => a.Replace("{0}", $"{process}", StringComparison.Ordinal).Replace("{1}", file, StringComparison.Ordinal))];
        Process observer = PinnedProgram.Start(FastRingProgram.Built, given);
        observer.OutputDataReceived += static (_, _) => { };
        observer.ErrorDataReceived += static (_, _) => { };
        observer.BeginOutputReadLine();
        observer.BeginErrorReadLine();
        return observer;
    }
}
