using System.Diagnostics.Tracing;
using System.Runtime.InteropServices;
using Microsoft.Diagnostics.NETCore.Client;
using Microsoft.Diagnostics.Tracing;

namespace FastRing.Profiling;

/// <summary>Has everything of FastRing in another process tell how it is doing: rings and ports. Nothing is stopped for it.</summary>
public static class Reports
{
    private const string EventSource = "FastRing";
    private const long Keyword = 4; // FastRingEventSource.Keywords.Reports

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(8);

    /// <summary>Asks until all has been told.</summary>
    /// <exception cref="ProfilingException">The process refuses, is gone, or did not tell all in some seconds: one of its workers hangs, or it has no FastRing in it.</exception>
    public static async Task<IReadOnlyList<Report>> AskAsync(TargetProcess process, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(process);
        var all = new TaskCompletionSource<IReadOnlyList<Report>>(TaskCreationOptions.RunContinuationsAsynchronously);
        EventPipeSession session = process.Start([new(EventSource, EventLevel.Informational, Keyword)]);
        Task reading = Task.Factory.StartNew(() => Read(session, all), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default); // It blocks, and the answer needs a thread of the pool.
        try
        {
            return await all.Task.WaitAsync(s_patience, cancellation).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            throw new ProfilingException($"process {process.Id} did not tell within {s_patience.TotalSeconds} s: one of its workers hangs, or there is no FastRing in it");
        }
        finally
        {
            _ = EndAsync(session, reading); // A tenth of a second, until the other runtime looks: nobody waits for it.
        }
    }

    private static async Task EndAsync(EventPipeSession session, Task reading)
    {
        using (session)
        {
            await TargetProcess.StopAsync(session, CancellationToken.None).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await reading.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private static void Read(EventPipeSession session, TaskCompletionSource<IReadOnlyList<Report>> all)
    {
        var reports = new Dictionary<int, List<Report>>(); // Others may ask at the same time, and their answers come here too.
        try
        {
            using var source = new EventPipeEventSource(session.EventStream);
            source.Dynamic.All += e =>
            {
                if (e.ProviderName != EventSource || e.EventName is not ("Report" or "ReportsEnded"))
                {
                    return;
                }

                if (e.PayloadByName("number") is not int number)
                {
                    all.TrySetException(new ProfilingException("the process has an older FastRing in it, whose own program can ask it"));
                    return;
                }

                List<Report> told = CollectionsMarshal.GetValueRefOrAddDefault(reports, number, out _) ??= [];
                if (e.EventName == "Report")
                {
                    told.Add(new Report((string)e.PayloadByName("device"), (string)e.PayloadByName("kind"), (string)e.PayloadByName("json")));
                }
                else if (told.Count == (int)e.PayloadByName("count"))
                {
                    all.TrySetResult([.. told]);
                }
            };
            source.Process();
        }
        catch (Exception e) when (TargetProcess.IsGone(e) || e is FormatException or ObjectDisposedException)
        {
            // The process is gone; the last bytes of its stream may be missing.
        }

        all.TrySetException(new ProfilingException("the process ended before it had told all"));
    }
}
