using System.Diagnostics;
using System.Reflection;

namespace FastRing.EndToEnd;

/// <summary>Runs programs as a user would.</summary>
internal static class Programs
{
    /// <summary>The program under test, as built beside the tests.</summary>
    public static string FastRing => Path.Combine(AppContext.BaseDirectory, "fastring");

    /// <summary>The loops that are measured, as built beside the tests.</summary>
    public static string Workloads => Path.Combine(AppContext.BaseDirectory, "FastRing.Workloads");

    /// <summary>The measurements, as built before the tests.</summary>
    public static string Perf => typeof(Programs).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().First(a => a.Key == "Perf").Value!;

    /// <summary>Runs to the end and expects success.</summary>
    /// <returns>Standard output.</returns>
    public static async Task<string> RunAsync(string program, IReadOnlyList<string> arguments, string input = "")
    {
        (int exit, string output, string error) = await TryRunAsync(program, arguments, input);
        Assert.True(exit == 0, $"{program} {string.Join(' ', arguments)} ended with {exit}: {error}");
        return output;
    }

    public static async Task<(int Exit, string Output, string Error)> TryRunAsync(
        string program, IReadOnlyList<string> arguments, string input = "", TimeSpan? patience = null)
    {
        using Process process = Start(program, arguments);
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

    public static Process Start(string program, IReadOnlyList<string> arguments) => Process.Start(new ProcessStartInfo(program, arguments)
    {
        RedirectStandardInput = true,
        RedirectStandardOutput = true,
        RedirectStandardError = true,
    })!;
}
