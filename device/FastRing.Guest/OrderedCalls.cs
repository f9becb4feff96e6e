namespace FastRing.Guest;

/// <summary>Runs calls on the thread pool, one after the other, in the order they were given.</summary>
internal sealed class OrderedCalls
{
    private readonly Lock _gate = new();
    private Task _last = Task.CompletedTask;

    public void Add(Action call)
    {
        lock (_gate)
        {
            _last = _last.ContinueWith((_, action) => ((Action)action!)(), call, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        }
    }
}
