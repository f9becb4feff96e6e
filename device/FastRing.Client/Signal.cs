namespace FastRing.Client;

/// <summary>Something changed. Used within one lock, but for what it returns.</summary>
internal sealed class Signal
{
    private TaskCompletionSource? _next;

    /// <summary>Completes at the next <see cref="Set"/>.</summary>
    public Task Next => (_next ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;

    /// <summary>Wakes whoever waits.</summary>
    public void Set()
    {
        _next?.TrySetResult();
        _next = null;
    }
}
