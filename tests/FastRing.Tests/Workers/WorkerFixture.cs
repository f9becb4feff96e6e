using System.Collections.Concurrent;
using FastRing.Interop;
using FastRing.Workers;
using Xunit;

namespace FastRing.Tests.Workers;

/// <summary>A worker, what it reported, and ways to wait for it that end in an error rather than never.</summary>
public abstract class WorkerFixture : IDisposable
{
    private protected static readonly TimeSpan s_deadline = TimeSpan.FromSeconds(30);

    private protected WorkerFixture(string name = "test") => Worker = new Worker(name, Faults.Enqueue);

    private protected ConcurrentQueue<Exception> Faults { get; } = new();

    private protected Worker Worker { get; }

    public void Dispose()
    {
        Worker.Dispose();
        GC.SuppressFinalize(this);
    }

    private protected static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private protected static Task Wait(TaskCompletionSource signal) =>
        signal.Task.WaitAsync(s_deadline, TestContext.Current.CancellationToken);

    private protected Task Invoke(Action action) => Worker.InvokeAsync(action).WaitAsync(s_deadline, TestContext.Current.CancellationToken);

    /// <summary>Lets the worker go round that often at the least, and serve every descriptor that is ready by now.</summary>
    private protected async Task Rounds(int count)
    {
        for (int i = 0; i < count; i++)
        {
            using EventFd last = EventFd.Create();
            var handler = new RecordingHandler();
            WatchedFd? watch = null;
            await Invoke(() => watch = Worker.Watch(last.Fd, EpollEvents.In, handler));
            last.Signal(); // Descriptors are served in the order they became ready in.
            await Wait(handler.Called);
            await Invoke(watch!.Dispose);
        }
    }
}
