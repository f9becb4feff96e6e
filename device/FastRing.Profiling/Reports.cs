using System.Diagnostics.Tracing;
using Microsoft.Diagnostics.NETCore.Client;
using Microsoft.Diagnostics.Tracing;

namespace FastRing.Profiling;

/// <summary>Has everything of FastRing in another process tell how it is doing: rings and ports. Nothing is stopped for it.</summary>
public static class Reports
{
    private const string EventSource = "FastRing";
    private const long Keyword = 4; // FastRingEventSource.Keywords.Reports

    /// <summary>What is told stays in the other runtime's buffers until more comes or the session ends. So it is ended soon, and begun again with more patience where that was too soon.</summary>
    private static readonly int[] s_patience = [25, 100, 400, 1600, 6400];

    /// <summary>Asks until all has been told.</summary>
    /// <exception cref="ProfilingException">The process refuses, is gone, or did not tell all in some seconds: one of its workers hangs, or it has no FastRing in it.</exception>
    public static async Task<IReadOnlyList<Report>> AskAsync(TargetProcess process, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(process);
        foreach (int milliseconds in s_patience)
        {
            if (await AskAsync(process, TimeSpan.FromMilliseconds(milliseconds), cancellation).ConfigureAwait(false) is { } reports)
            {
                return reports;
            }
        }

        throw new ProfilingException($"process {process.Id} did not tell within {s_patience[^1] / 1000} s: one of its workers hangs, or there is no FastRing in it");
    }

    /// <returns>Null: not all was told by then.</returns>
    private static async Task<List<Report>?> AskAsync(TargetProcess process, TimeSpan patience, CancellationToken cancellation)
    {
        using EventPipeSession session = process.Start([new(EventSource, EventLevel.Informational, Keyword)]);
        Task<List<Report>?> reading = Task.Run(() => Read(session), CancellationToken.None);
        try
        {
            await Task.Delay(patience, cancellation).ConfigureAwait(false);
        }
        finally
        {
            await TargetProcess.StopAsync(session, CancellationToken.None).ConfigureAwait(false);
            await reading.ConfigureAwait(false);
        }

        return await reading.ConfigureAwait(false);
    }

    private static List<Report>? Read(EventPipeSession session)
    {
        var reports = new List<Report>();
        bool isAll = false;
        try
        {
            using var source = new EventPipeEventSource(session.EventStream);
            source.Dynamic.All += e =>
            {
                if (e.ProviderName == EventSource && e.EventName == "Report" && !isAll)
                {
                    reports.Add(new Report((string)e.PayloadByName("device"), (string)e.PayloadByName("kind"), (string)e.PayloadByName("json")));
                }

                isAll |= e.ProviderName == EventSource && e.EventName == "ReportsEnded";
            };
            source.Process();
        }
        catch (Exception e) when (TargetProcess.IsGone(e) || e is FormatException or ObjectDisposedException)
        {
            // The process is gone; the last bytes of its stream may be missing.
        }

        return isAll ? reports : null;
    }
}
