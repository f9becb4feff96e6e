using System.Diagnostics;
using System.Diagnostics.Tracing;
using System.Globalization;
using Microsoft.Diagnostics.NETCore.Client;

namespace FastRing.Profiling;

/// <summary>
/// A .NET process to be looked into, over the diagnostics socket its runtime opens for its own user. It need not be FastRing's program: any that
/// embeds the library has the meter and the event source <c>FastRing</c>.
/// </summary>
public sealed class TargetProcess
{
    private readonly DiagnosticsClient _client;

    /// <summary>The process of that number.</summary>
    /// <exception cref="ProfilingException">There is none, or it can't be looked into.</exception>
    public TargetProcess(int id)
    {
        if (!DiagnosticsClient.GetPublishedProcesses().Contains(id))
        {
            throw new ProfilingException(WhyNot(id));
        }

        Id = id;
        _client = new DiagnosticsClient(id);
    }

    /// <summary>Its number.</summary>
    public int Id { get; }

    /// <summary>Begins a session.</summary>
    /// <exception cref="ProfilingException">The process refuses, or is gone.</exception>
    internal EventPipeSession Start(IEnumerable<EventPipeProvider> providers, bool rundown = false) =>
        Guarded(() => _client.StartEventPipeSession(providers, rundown));

    /// <summary>Ends a session: what it still has to say comes first, so somebody must be reading.</summary>
    internal static async Task StopAsync(EventPipeSession session, CancellationToken cancellation)
    {
        try
        {
            await session.StopAsync(cancellation).ConfigureAwait(false);
        }
        catch (Exception e) when (IsGone(e))
        {
            // The process ended first, and the session with it.
        }
    }

    internal static bool IsGone(Exception e) => e is EndOfStreamException or IOException or TimeoutException or ServerNotAvailableException;

    private T Guarded<T>(Func<T> ask)
    {
        try
        {
            return ask();
        }
        catch (Exception e) when (IsGone(e) || e is DiagnosticsClientException or UnauthorizedAccessException)
        {
            throw new ProfilingException(string.Create(CultureInfo.InvariantCulture, $"process {Id} does not answer its diagnostics socket: {e.Message}"), e);
        }
    }

    private static string WhyNot(int id)
    {
        try
        {
            using var process = Process.GetProcessById(id);
            return string.Create(
                CultureInfo.InvariantCulture,
                $"process {id} ({process.ProcessName}) has no diagnostics socket: it is no .NET process, or another user's, or compiled ahead of time, or was started with DOTNET_EnableDiagnostics=0 (as fastring serve is in its sandbox without --diagnostics) or another TMPDIR");
        }
        catch (ArgumentException)
        {
            return string.Create(CultureInfo.InvariantCulture, $"there is no process {id}");
        }
    }
}
