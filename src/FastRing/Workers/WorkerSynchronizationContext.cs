namespace FastRing.Workers;

/// <summary>Brings what is awaited on a worker's thread back to it.</summary>
internal sealed class WorkerSynchronizationContext(Worker worker) : SynchronizationContext
{
    /// <inheritdoc/>
    public override void Post(SendOrPostCallback d, object? state) => worker.Post(() => d(state));

    /// <inheritdoc/>
    public override void Send(SendOrPostCallback d, object? state)
    {
        if (worker.IsCurrent)
        {
            d(state);
        }
        else
        {
            worker.InvokeAsync(() => d(state)).GetAwaiter().GetResult();
        }
    }

    /// <inheritdoc/>
    public override SynchronizationContext CreateCopy() => this;
}
