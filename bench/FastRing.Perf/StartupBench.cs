using System.Diagnostics;

namespace FastRing.Perf;

/// <summary>How soon a VMM is served.</summary>
internal static class StartupBench
{
    /// <summary>Measures the program beside this one, and the one FASTRING_PROGRAM names, say a NativeAOT publish.</summary>
    public static Func<int, Task<IReadOnlyList<Row>>> Create() => runs =>
    {
        string[] programs = [FastRingProgram.Built, .. Environment.GetEnvironmentVariable("FASTRING_PROGRAM") is { } other ? new[] { other } : []];
        DirectoryInfo folder = Directory.CreateTempSubdirectory("fastring-perf-");
        try
        {
            string socket = Path.Combine(folder.FullName, "vhost.sock");
            var rows = new List<Row>();
            foreach (string program in programs)
            {
                var ready = new List<double>();
                var bare = new List<double>();
                for (int i = 0; i <= runs; i++)
                {
                    double readyMs = Ready(program, socket, folder.FullName);
                    double bareMs = Bare(program);
                    if (i > 0)
                    {
                        ready.Add(readyMs);
                        bare.Add(bareMs);
                    }
                }

                rows.Add(Row.Of("startup", $"serve ready, {(program == FastRingProgram.Built ? "as built (JIT)" : program)}", "ms", ready, "the same program, --print-capabilities, start to exit", bare));
            }

            return Task.FromResult<IReadOnlyList<Row>>(rows);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    };

    private static double Ready(string program, string socket, string folder)
    {
        using FastRingProgram served = FastRingProgram.Serve(
            program, socket, ["--socket-path", socket, "--port", "org.example.0=echo", "--port", $"org.example.1=unix:{Path.Combine(folder, "port.sock")}"]);
        return served.ReadyMs;
    }

    private static double Bare(string program)
    {
        long start = Stopwatch.GetTimestamp();
        using Process process = Process.Start(new ProcessStartInfo(program, ["--print-capabilities"]) { RedirectStandardOutput = true })!;
        process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return Stopwatch.GetElapsedTime(start).TotalMilliseconds;
    }
}
