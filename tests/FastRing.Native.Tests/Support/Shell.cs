using System.Diagnostics;

namespace FastRing.Native.Tests.Support;

/// <summary>Runs programs.</summary>
internal static class Shell
{
    public static readonly TimeSpan Patience = TimeSpan.FromMinutes(4);

    /// <summary>Runs to the end and expects success.</summary>
    /// <returns>Standard output.</returns>
    public static async Task<string> RunAsync(string program, IReadOnlyList<string> arguments, string folder = "", TimeSpan? patience = null, string? options = null)
    {
        using Process process = Start(program, arguments, folder, options);
        process.StandardInput.Close();
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        Task<string> error = process.StandardError.ReadToEndAsync();
        try
        {
            await process.WaitForExitAsync().WaitAsync(patience ?? Patience);
        }
        finally
        {
            process.Kill(entireProcessTree: true);
        }

        Assert.True(process.ExitCode == 0, $"{program} {string.Join(' ', arguments)} ended with {process.ExitCode}: {await output}{await error}");
        return await output;
    }

    /// <param name="program">What to run.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <param name="folder">Where it runs; empty: where the tests do.</param>
    /// <param name="options">NAME=VALUE for its environment; null: none.</param>
    public static Process Start(string program, IReadOnlyList<string> arguments, string folder = "", string? options = null)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        if (options is not null)
        {
            start.Environment[options.Split('=', 2)[0]] = options.Split('=', 2)[1];
        }

        return Process.Start(start)!;
    }
}
