using System.Diagnostics.CodeAnalysis;

namespace FastRing.Guest;

/// <summary>Once set it lets one waiter through, now or later; setting it twice is setting it once. Opened, it lets everybody through for ever.</summary>
[SuppressMessage("Design", "CA1001", Justification = "A SemaphoreSlim owns a handle only when its AvailableWaitHandle was asked for.")]
internal sealed class PortLatch
{
    private readonly SemaphoreSlim _set = new(0);

    public void Set()
    {
        lock (_set)
        {
            if (_set.CurrentCount == 0)
            {
                _set.Release();
            }
        }
    }

    public void Open() => _set.Release(1 << 24);

    public Task WaitAsync(CancellationToken cancellationToken) => _set.WaitAsync(cancellationToken);

    public Task<bool> WaitAsync(TimeSpan timeout, CancellationToken cancellationToken) => _set.WaitAsync(timeout, cancellationToken);
}
