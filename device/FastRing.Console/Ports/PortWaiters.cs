using FastRing.Workers;

namespace FastRing.Console.Ports;

/// <summary>Those who wait for something of a port. Its state is the worker's; the tasks are anybody's.</summary>
internal sealed class PortWaiters(Port port)
{
    private readonly List<TaskCompletionSource> _forOpen = [];
    private readonly List<(TaskCompletionSource Done, ulong Bytes)> _forAcknowledgement = [];

    /// <summary>Somebody wants to know when the driver gives buffers back.</summary>
    public bool AwaitAcknowledgement => _forAcknowledgement.Count > 0;

    public async Task ForGuestOpenAsync(Worker worker, TimeSpan timeout, CancellationToken cancellation)
    {
        TaskCompletionSource done = NewWaiter();
        try
        {
            await worker.InvokeAsync(() => AddForOpen(done)).ConfigureAwait(false);
            await done.Task.WaitAsync(timeout, cancellation).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            throw new TimeoutException($"port {port.Id} '{port.Name}' was not opened in the guest in time: {Describe(port.Waits)}");
        }
        finally
        {
            worker.Post(() => _forOpen.Remove(done));
        }
    }

    public async Task ForAcknowledgementAsync(Worker worker, TimeSpan timeout, CancellationToken cancellation)
    {
        TaskCompletionSource done = NewWaiter();
        try
        {
            await worker.InvokeAsync(() => AddForAcknowledgement(done)).ConfigureAwait(false);
            await done.Task.WaitAsync(timeout, cancellation).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            throw new TimeoutException($"port {port.Id} '{port.Name}': the guest still holds {port.UnacknowledgedBytes} bytes it has not dealt with");
        }
        finally
        {
            worker.Post(() => _forAcknowledgement.RemoveAll(w => w.Done == done));
        }
    }

    public void GuestOpenChanged()
    {
        if (port.IsGuestOpen)
        {
            _forOpen.ForEach(w => w.TrySetResult());
            _forOpen.Clear();
        }
    }

    /// <summary>The driver has dealt with all bytes but those behind so many.</summary>
    public void Acknowledged(ulong bytes)
    {
        if (_forAcknowledgement.Count > 0)
        {
            _forAcknowledgement.RemoveAll(w => w.Bytes <= bytes && w.Done.TrySetResult());
        }
    }

    public void DriverReset()
    {
        _forAcknowledgement.ForEach(w => w.Done.TrySetException(new InvalidOperationException($"port {port.Id} '{port.Name}': the guest was reset")));
        _forAcknowledgement.Clear();
    }

    public void Removed()
    {
        foreach (TaskCompletionSource waiter in _forOpen.Concat(_forAcknowledgement.Select(w => w.Done)))
        {
            waiter.TrySetException(Gone());
        }

        _forOpen.Clear();
        _forAcknowledgement.Clear();
    }

    private static TaskCompletionSource NewWaiter() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>What is missing, in words.</summary>
    public static string Describe(PortWait waits) => waits switch
    {
        PortWait.Driver => "the guest's driver is not there (it is booting, or has none)",
        PortWait.GuestPort => "the guest's driver has not set the port up yet",
        PortWait.Failed => "the guest's driver could not set the port up",
        PortWait.HostOpen => "nobody is there on the host's side",
        _ => "no program in the guest opened it",
    };

    private void AddForOpen(TaskCompletionSource done)
    {
        port.ThrowIfGone();
        _forOpen.Add(done);
        GuestOpenChanged();
    }

    private void AddForAcknowledgement(TaskCompletionSource done)
    {
        port.ThrowIfGone();
        _forAcknowledgement.Add((done, port.Counters.BytesToGuest));
        port.InputPossible(); // Has it look.
    }

    private ObjectDisposedException Gone() => new($"port {port.Id} '{port.Name}'", "the port was removed");
}
