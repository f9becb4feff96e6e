using System.Diagnostics;

namespace FastRing.Perf;

/// <summary>Programs that share no processor with each other; they come before everything else of the machine where this may be asked for.</summary>
internal static class PinnedProgram
{
    /// <summary>Starts one with all its streams redirected.</summary>
    public static Process Start(string program, IEnumerable<string> arguments)
    {
        (string first, IEnumerable<string> others) = Environment.IsPrivilegedProcess
            ? ("nice", ["-n", "-20", program, .. arguments])
            : (program, arguments);
        return Process.Start(new ProcessStartInfo(first, others)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
    }
}
