using FastRing.Workers;

namespace FastRing.Tests.Workers;

// Whatever holds of a worker that sleeps holds of one that polls: the same tests again.

public sealed class PollingWorkerTests : WorkerTests
{
    public PollingWorkerTests() => Polling.Begin(Worker, WaitStrategy.Poll);
}

public sealed class AdaptiveWorkerTests : WorkerTests
{
    public AdaptiveWorkerTests() => Polling.Begin(Worker, Polling.Adaptive);
}

public sealed class PollingRunAsyncTests : RunAsyncTests
{
    public PollingRunAsyncTests() => Polling.Begin(Worker, WaitStrategy.Poll);
}

public sealed class PollingWorkItemTests : WorkItemTests
{
    public PollingWorkItemTests() => Polling.Begin(Worker, WaitStrategy.Poll);
}

public sealed class AdaptiveWorkItemTests : WorkItemTests
{
    public AdaptiveWorkItemTests() => Polling.Begin(Worker, Polling.Adaptive);
}

public sealed class PollingWatchedFdTests : WatchedFdTests
{
    public PollingWatchedFdTests() => Polling.Begin(Worker, WaitStrategy.Poll);
}

public sealed class AdaptiveWatchedFdTests : WatchedFdTests
{
    public AdaptiveWatchedFdTests() => Polling.Begin(Worker, Polling.Adaptive);
}

internal static class Polling
{
    public static readonly WaitStrategy Adaptive = WaitStrategy.PollThenSleep(TimeSpan.FromMilliseconds(10));

    /// <summary>Gives the worker something to poll that never has work, and the strategy.</summary>
    public static void Begin(Worker worker, WaitStrategy strategy)
    {
        worker.InvokeAsync(() => worker.AddPolled(new RecordingPolled())).Wait();
        worker.WaitStrategy = strategy;
    }
}
