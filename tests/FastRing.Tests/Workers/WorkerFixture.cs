using System.Collections.Concurrent;
using FastRing.Workers;
using Xunit;

namespace FastRing.Tests.Workers;

/// <summary>A worker, what it reported, and ways to wait for it that end in an error rather than never.</summary>
public abstract class WorkerFixture : IDisposable
{
    private protected static readonly TimeSpan s_deadline = TimeSpan.FromSeconds(30);

    private protected WorkerFixture() => Worker = new Worker("test", Faults.Enqueue);

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

    /// <summary>Lets the worker go round that often at the least.</summary>
    private protected async Task Rounds(int count)
    {
        for (int i = 0; i < count; i++)
        {
            await Invoke(() => { });
        }
    }
}
