using System.Diagnostics.Tracing;
using Microsoft.Diagnostics.NETCore.Client;
using Microsoft.Diagnostics.Tracing.Parsers;

namespace FastRing.Profiling;

/// <summary>Records what a process does to a file: its stacks, as often as its runtime was told to look when it was started, and what the event source <c>FastRing</c> tells.</summary>
public static class TraceRecording
{
    private const string EventSource = "FastRing";
    private const long StateAndBatches = 3; // FastRingEventSource.Keywords: without the reports, for which everybody is asked.
    private const string Sampler = "Microsoft-DotNETCore-SampleProfiler";

    /// <summary>Records for <paramref name="duration"/>, or until cancelled, which is an end like any other, or until the process ends.</summary>
    /// <param name="process">The process.</param>
    /// <param name="duration">How long.</param>
    /// <param name="file">A .nettrace file; written over.</param>
    /// <param name="batches">Every batch of buffers too: some 100 bytes each.</param>
    /// <param name="cancellation">Ends the recording.</param>
    /// <exception cref="ProfilingException">The process refuses, or is gone before it began.</exception>
    /// <exception cref="IOException">The file can't be written.</exception>
    public static async Task RecordAsync(TargetProcess process, TimeSpan duration, string file, bool batches, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(process);
        await using FileStream output = File.Create(file);
        using EventPipeSession session = process.Start(Providers(batches), rundown: true);

        // Read to its end: without the names that come last, stacks are numbers.
        Task copying = session.EventStream.CopyToAsync(output, CancellationToken.None);
        await Task.WhenAny(copying, Task.Delay(duration, cancellation)).ConfigureAwait(false);
        await TargetProcess.StopAsync(session, CancellationToken.None).ConfigureAwait(false);
        try
        {
            await copying.ConfigureAwait(false);
        }
        catch (Exception e) when (TargetProcess.IsGone(e))
        {
            // The process ended before it could name its methods.
        }
    }

    private static EventPipeProvider[] Providers(bool batches) =>
    [
        new(Sampler, EventLevel.Informational),
        new("Microsoft-Windows-DotNETRuntime", EventLevel.Informational, (long)(ClrTraceEventParser.Keywords.Loader | ClrTraceEventParser.Keywords.Jit | ClrTraceEventParser.Keywords.GC)),
        new(EventSource, batches ? EventLevel.Verbose : EventLevel.Informational, StateAndBatches),
    ];
}
