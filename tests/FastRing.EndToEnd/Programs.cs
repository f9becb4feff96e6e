using System.Diagnostics;
using System.Globalization;
using System.Reflection;
using System.Runtime.CompilerServices;

namespace FastRing.EndToEnd;

/// <summary>Runs programs as a user would.</summary>
internal static class Programs
{
    /// <summary>The program under test, as built beside the tests; FASTRING_PROGRAM names another build of it, as one with NativeAOT.</summary>
    public static string FastRing => Environment.GetEnvironmentVariable("FASTRING_PROGRAM") ?? Path.Combine(AppContext.BaseDirectory, "fastring");

    /// <summary>What a sandbox is there to prevent, as built beside the tests.</summary>
    public static string Sandboxed => Path.Combine(AppContext.BaseDirectory, "FastRing.Sandboxed");

    public static string VsockEcho => Path.Combine(AppContext.BaseDirectory, "fastring-vsock-echo");

    /// <summary>The loops that are measured, as built beside the tests.</summary>
    public static string Workloads => Path.Combine(AppContext.BaseDirectory, "FastRing.Workloads");

    /// <summary>The measurements, as built before the tests.</summary>
    public static string Perf => typeof(Programs).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().First(a => a.Key == "Perf").Value!;

    /// <summary>The checkout that these tests are of.</summary>
    public static string Checkout() => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(ThisFile())!, "..", ".."));

    /// <summary>Runs to the end and expects success.</summary>
    /// <returns>Standard output.</returns>
    public static async Task<string> RunAsync(string program, IReadOnlyList<string> arguments, string input = "")
    {
        (int exit, string output, string error) = await TryRunAsync(program, arguments, input);
        Assert.True(exit == 0, $"{program} {string.Join(' ', arguments)} ended with {exit}: {error}");
        return output;
    }

    public static async Task<(int Exit, string Output, string Error)> TryRunAsync(
        string program, IReadOnlyList<string> arguments, string input = "", string folder = "", TimeSpan? patience = null)
    {
        using Process process = Start(program, arguments, folder);
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        Task<string> error = process.StandardError.ReadToEndAsync();
        await process.StandardInput.WriteAsync(input);
        process.StandardInput.Close();
        try
        {
            await process.WaitForExitAsync().WaitAsync(patience ?? GuestRig.Patience);
        }
        finally
        {
            process.Kill(entireProcessTree: true);
        }

        return (process.ExitCode, await output, await error);
    }

    /// <summary>The processes that a process has started and not reaped.</summary>
    public static IEnumerable<int> ChildrenOf(int process) => Directory.GetDirectories("/proc").Select(Path.GetFileName).Where(n => int.TryParse(n, out _)).Select(n => int.Parse(n!, CultureInfo.InvariantCulture))
        .Where(id => StatusOf(id, "PPid") == process.ToString(CultureInfo.InvariantCulture));

    /// <summary>A line of what the kernel says of a process; null: there is none.</summary>
    public static string? StatusOf(int id, string name)
    {
        try
        {
            return File.ReadLines($"/proc/{id}/status").First(l => l.StartsWith(name + ":", StringComparison.Ordinal))[(name.Length + 1)..].Trim();
        }
        catch (Exception e) when (e is IOException or InvalidOperationException)
        {
            return null;
        }
    }

    /// <param name="program">What to run.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <param name="folder">Where it runs; empty: where the tests do.</param>
    public static Process Start(string program, IReadOnlyList<string> arguments, string folder = "") => Process.Start(new ProcessStartInfo(program, arguments)
    {
        WorkingDirectory = folder,
        RedirectStandardInput = true,
        RedirectStandardOutput = true,
        RedirectStandardError = true,
    })!;

    private static string ThisFile([CallerFilePath] string path = "") => path;
}
