namespace FastRing.Diagnostics;

/// <summary>Everything in this process that can tell how it is doing, to a listener of <see cref="FastRingEventSource"/>. Any thread.</summary>
public static class Reporters
{
    private static readonly MeteredObjects<IReporter> s_reporters = new();

    private static int s_askings;

    /// <summary>From now on it is asked.</summary>
    public static void Add(IReporter reporter)
    {
        _ = FastRingEventSource.Log; // One that is not made yet hears no listener.
        s_reporters.Add(reporter);
    }

    /// <summary>From now on it is not.</summary>
    public static void Remove(IReporter reporter) => s_reporters.Remove(reporter);

    /// <summary>Has all of them tell, one after the other.</summary>
    /// <returns>Completes when they have.</returns>
    internal static Task TellAllAsync() => Task.Run(() => TellAllAsync(Interlocked.Increment(ref s_askings)));

    private static async Task TellAllAsync(int number)
    {
        int count = 0;
        foreach (IReporter reporter in s_reporters.All)
        {
            try
            {
                await foreach ((string kind, string json) in reporter.ReportAsync().ConfigureAwait(false))
                {
                    FastRingEventSource.Log.Report(number, reporter.Device, kind, json);
                    count++;
                }
            }
            catch (Exception)
            {
                // It ended meanwhile, or failed: it has no more to tell, and others have.
            }
        }

        FastRingEventSource.Log.ReportsEnded(number, count);
        SayAgain(number, count);
    }

    /// <summary>The same by a thread that has said nothing before. Readers put the events of threads in order, and believe that a thread has no earlier one only when they see a later one of another.</summary>
    private static void SayAgain(int number, int count)
    {
        var thread = new Thread(() => FastRingEventSource.Log.ReportsEnded(number, count));
        thread.Start();
        thread.Join();
    }
}
