namespace FastRing.Diagnostics;

/// <summary>Everything in this process that can tell how it is doing, to a listener of <see cref="FastRingEventSource"/>. Any thread.</summary>
public static class Reporters
{
    private static readonly MeteredObjects<IReporter> s_reporters = new();

    /// <summary>From now on it is asked.</summary>
    public static void Add(IReporter reporter) => s_reporters.Add(reporter);

    /// <summary>From now on it is not.</summary>
    public static void Remove(IReporter reporter) => s_reporters.Remove(reporter);

    /// <summary>Has all of them tell. Returns at once.</summary>
    internal static void TellAll() => _ = Task.Run(TellAllAsync);

    private static async Task TellAllAsync()
    {
        int count = 0;
        foreach (IReporter reporter in s_reporters.All)
        {
            try
            {
                await foreach ((string kind, string json) in reporter.ReportAsync().ConfigureAwait(false))
                {
                    FastRingEventSource.Log.Report(reporter.Device, kind, json);
                    count++;
                }
            }
            catch (ObjectDisposedException)
            {
                // It ended meanwhile: it has no more to tell.
            }
        }

        FastRingEventSource.Log.ReportsEnded(count);
    }
}
