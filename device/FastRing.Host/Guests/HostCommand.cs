using System.ComponentModel;
using System.Diagnostics;
using System.Text;

namespace FastRing.Host.Guests;

/// <summary>Runs a program of this machine to its end.</summary>
internal static class HostCommand
{
    /// <summary>Runs <paramref name="program"/> with no input. Each line it writes also goes to <paramref name="onLine"/>.</summary>
    /// <exception cref="GuestException">The program could not be started.</exception>
    public static async Task<CommandResult> RunAsync(
        string program, IEnumerable<string> arguments, Action<string>? onLine = null, CancellationToken cancellationToken = default)
    {
        using Process process = Start(program, arguments);
        process.StandardInput.Close();
        using CancellationTokenRegistration kill = cancellationToken.Register(() => process.Kill(entireProcessTree: true));
        StringBuilder output = new();
        await Task.WhenAll(
            CollectAsync(process.StandardOutput, output, onLine), CollectAsync(process.StandardError, output, onLine)).ConfigureAwait(false);
        await process.WaitForExitAsync(CancellationToken.None).ConfigureAwait(false);
        cancellationToken.ThrowIfCancellationRequested();
        return new CommandResult(process.ExitCode, output.ToString());
    }

    private static Process Start(string program, IEnumerable<string> arguments)
    {
        ProcessStartInfo start = new(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["DEBIAN_FRONTEND"] = "noninteractive";
        start.Environment["LC_ALL"] = "C.UTF-8";
        try
        {
            return Process.Start(start)!;
        }
        catch (Win32Exception e)
        {
            throw new GuestException($"cannot run {program}: {e.Message}", e);
        }
    }

    private static async Task CollectAsync(StreamReader reader, StringBuilder output, Action<string>? onLine)
    {
        while (await reader.ReadLineAsync().ConfigureAwait(false) is { } line)
        {
            lock (output)
            {
                output.Append(line).Append('\n');
                onLine?.Invoke(line);
            }
        }
    }
}
