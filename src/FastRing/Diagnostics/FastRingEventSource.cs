using System.Diagnostics.Tracing;
using FastRing.Queues;
using FastRing.Workers;

namespace FastRing.Diagnostics;

/// <summary>
/// The event source <c>FastRing</c>: changes of state, and, with <see cref="Keywords.Batches"/> at level verbose, every batch a device works off.
/// There is no event for a single buffer.
/// </summary>
[EventSource(Name = FastRingMeter.Name)]
public sealed class FastRingEventSource : EventSource
{
    private const int QueueStartedId = 1;
    private const int QueueStoppedId = 2;
    private const int QueueBrokenId = 3;
    private const int FrontendChangedId = 4;
    private const int PortChangedId = 5;
    private const int BatchId = 6;
    private const int ReportId = 7;
    private const int ReportsEndedId = 8;

    // Others that begin or end to listen to anything in this process wait meanwhile.
    private static readonly TimeSpan s_patience = TimeSpan.FromMilliseconds(250);

    private FastRingEventSource()
    {
    }

    /// <summary>The only one there is.</summary>
    public static FastRingEventSource Log { get; } = new();

    /// <summary>True when somebody listens to batches. A device asks once for each.</summary>
    public bool ShowsBatches => IsEnabled(EventLevel.Verbose, Keywords.Batches);

    /// <summary>A ring was set up and is served from now on, beginning at <paramref name="start"/>, in the form of <c>VHOST_USER_SET_VRING_BASE</c>.</summary>
    [Event(QueueStartedId, Level = EventLevel.Informational, Keywords = Keywords.State)]
    public void QueueStarted(string device, int queue, int size, uint start)
    {
        if (IsEnabled(EventLevel.Informational, Keywords.State))
        {
            WriteEvent(QueueStartedId, device, queue, size, start);
        }
    }

    /// <summary>A ring is served no more; <paramref name="end"/> is where it would go on.</summary>
    [Event(QueueStoppedId, Level = EventLevel.Informational, Keywords = Keywords.State)]
    public void QueueStopped(string device, int queue, uint end)
    {
        if (IsEnabled(EventLevel.Informational, Keywords.State))
        {
            WriteEvent(QueueStoppedId, device, queue, end);
        }
    }

    /// <summary>A ring is malformed and was given up.</summary>
    [Event(QueueBrokenId, Level = EventLevel.Warning, Keywords = Keywords.State)]
    public void QueueBroken(string device, int queue, VirtqueueError error)
    {
        if (IsEnabled(EventLevel.Warning, Keywords.State))
        {
            WriteEvent(QueueBrokenId, device, queue, (int)error);
        }
    }

    /// <summary>A frontend connected, or is gone.</summary>
    [Event(FrontendChangedId, Level = EventLevel.Informational, Keywords = Keywords.State)]
    public void FrontendChanged(string device, bool connected) => WriteEvent(FrontendChangedId, device, connected);

    /// <summary>Something happened to a port, or, with an empty <paramref name="port"/>, to its device.</summary>
    [Event(PortChangedId, Level = EventLevel.Informational, Keywords = Keywords.State)]
    public void PortChanged(string device, string port, string kind, string detail) => WriteEvent(PortChangedId, device, port, kind, detail);

    /// <summary>A device worked off a batch of a port's buffers; <paramref name="direction"/> is <c>to_host</c> or <c>to_guest</c>.</summary>
    [Event(BatchId, Level = EventLevel.Verbose, Keywords = Keywords.Batches)]
    public void Batch(string device, string port, string direction, long buffers, long bytes) => WriteEvent(BatchId, device, port, direction, buffers, bytes);

    /// <summary>What something says of itself, because a listener asked with <see cref="Keywords.Reports"/>: as JSON, <paramref name="kind"/> says of what. What answers one asking has one <paramref name="number"/>.</summary>
    [Event(ReportId, Level = EventLevel.Informational, Keywords = Keywords.Reports)]
    public void Report(int number, string device, string kind, string json) => WriteEvent(ReportId, number, device, kind, json);

    /// <summary>All that was asked for is told, <paramref name="count"/> reports. Said twice.</summary>
    [Event(ReportsEndedId, Level = EventLevel.Informational, Keywords = Keywords.Reports)]
    public void ReportsEnded(int number, int count) => WriteEvent(ReportsEndedId, number, count);

    /// <inheritdoc/>
    protected override void OnEventCommand(EventCommandEventArgs command)
    {
        // Whoever begins to listen asks. It says which keywords are wanted by now, of all listeners: one that listens on has its answer again.
        if (command.Command == EventCommand.Enable && IsEnabled(EventLevel.Informational, Keywords.Reports))
        {
            // What is told before a runtime begins to send goes at once, and everything else when it sends again, ten times a second. Not waited for by a worker, who has to tell,
            // and not while this source is being made, without which nobody can.
            Task telling = Reporters.TellAllAsync();
            if (Log is not null && SynchronizationContext.Current is not WorkerSynchronizationContext)
            {
                telling.Wait(s_patience);
            }
        }
    }

    /// <summary>Which events a listener wants.</summary>
    public static class Keywords
    {
        /// <summary>Changes of state.</summary>
        public const EventKeywords State = (EventKeywords)1;

        /// <summary>Batches of buffers, at level verbose.</summary>
        public const EventKeywords Batches = (EventKeywords)2;

        /// <summary>Once, what every ring and port looks like: see <see cref="Reporters"/>.</summary>
        public const EventKeywords Reports = (EventKeywords)4;
    }
}
