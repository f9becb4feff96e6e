using System.Diagnostics.Tracing;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Microsoft.Diagnostics.NETCore.Client;
using Microsoft.Diagnostics.Tracing;

namespace FastRing.Profiling;

/// <summary>The instruments of a meter in another process, look by look. The process is asked by its own runtime; nothing of it is stopped.</summary>
public static class LiveMetrics
{
    private const string Provider = "System.Diagnostics.Metrics";
    private const long TimeSeriesValues = 2; // The provider's keyword.
    private const int MaxTimeSeries = 50_000; // 511 ports of 4 guests have some 40,000.
    private const int MaxHistograms = 2_100; // 511 ports, both ways, and two instruments; the process has tens of KiB for each at work.

    /// <summary>Looks at the meter <paramref name="meter"/>, or several with commas between them, <c>*</c> at the end of one for any that begin so, every <paramref name="interval"/>, at least a second, until told to stop or the process ends.</summary>
    /// <exception cref="ProfilingException">The process refuses, or is gone before it began.</exception>
    public static async IAsyncEnumerable<MetricsSnapshot> ReadAsync(
        TargetProcess process, string meter, TimeSpan interval, [EnumeratorCancellation] CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(process);
        var snapshots = Channel.CreateBounded<MetricsSnapshot>(1);
        using EventPipeSession session = process.Start([Asking(meter, interval)]);
        Task reading = Task.Run(() => Read(session, meter, snapshots.Writer), CancellationToken.None);
        try
        {
            await foreach (MetricsSnapshot snapshot in snapshots.Reader.ReadAllAsync(cancellation).ConfigureAwait(false))
            {
                yield return snapshot;
            }
        }
        finally
        {
            await TargetProcess.StopAsync(session, CancellationToken.None).ConfigureAwait(false);
            await reading.ConfigureAwait(false);
        }
    }

    private static EventPipeProvider Asking(string meter, TimeSpan interval) => new(Provider, EventLevel.Informational, TimeSeriesValues, new Dictionary<string, string>
    {
        // Others may look at the same time, at the same pace.
        ["SessionId"] = "SHARED",
        ["ClientId"] = Guid.NewGuid().ToString(),
        ["Metrics"] = meter,
        ["RefreshInterval"] = interval.TotalSeconds.ToString(CultureInfo.InvariantCulture),
        ["MaxTimeSeries"] = MaxTimeSeries.ToString(CultureInfo.InvariantCulture),
        ["MaxHistograms"] = MaxHistograms.ToString(CultureInfo.InvariantCulture),
    });

    private static void Read(EventPipeSession session, string meter, ChannelWriter<MetricsSnapshot> snapshots)
    {
        var look = new MetricsLook(meter);
        try
        {
            // Not a callback for the provider alone: the reader knows its events only when they come.
            using var source = new EventPipeEventSource(session.EventStream);
            source.Dynamic.All += e =>
            {
                switch (e.EventName)
                {
                    case "Collection/Stop":
                        // A reader that is slower than the interval misses looks, and the process waits for nobody.
                        snapshots.TryWrite(look.End(e.TimeStamp));
                        break;
                    case "MultipleSessionsConfiguredIncorrectlyError" or "MultipleSessionsNotSupportedError":
                        snapshots.TryComplete(new ProfilingException("somebody else looks at the process already, at another interval"));
                        break;
                    default:
                        look.Add(e);
                        break;
                }
            };
            source.Process();
            snapshots.TryComplete();
        }
        catch (Exception e) when (TargetProcess.IsGone(e) || e is FormatException or ObjectDisposedException)
        {
            snapshots.TryComplete(); // The process is gone; the last bytes of its stream may be missing.
        }
        catch (Exception e)
        {
            snapshots.TryComplete(e);
        }
    }
}
