using System.ComponentModel;
using System.Diagnostics;

namespace FastRing.Perf;

/// <summary>Programs that prepare a measurement or look at one.</summary>
internal static class Shell
{
    /// <summary>Runs a program to its end and returns what it wrote, standard output first.</summary>
    /// <exception cref="IOException">There is no such program, or it failed.</exception>
    public static string Run(string folder, string program, params IEnumerable<string> arguments)
    {
        using Process process = Start(new ProcessStartInfo(program, arguments) { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true });
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd() + errors.Result;
        process.WaitForExit();
        return process.ExitCode == 0 ? output : throw new IOException($"{program} {string.Join(' ', arguments)} failed: {output}");
    }

    private static Process Start(ProcessStartInfo start)
    {
        try
        {
            return Process.Start(start)!;
        }
        catch (Win32Exception e)
        {
            throw new IOException($"{start.FileName}: {e.Message}", e);
        }
    }
}
