using FastRing.Host.Serving;
using Microsoft.AspNetCore.Http;

namespace FastRing.Host.Management;

/// <summary>Makes changes for requests: one at a time, and so that a request does not wait for ever.</summary>
internal sealed class ApiChanges(ServedGuests guests)
{
    /// <summary>How long a request waits for a worker, and for changes before its own.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(10);

    /// <summary>Makes a change. It is completed even if nobody waits for it any more.</summary>
    /// <exception cref="TimeoutException">It takes too long.</exception>
    /// <exception cref="ProblemException">It contradicts what there is.</exception>
    public Task<T> RunAsync<T>(Func<Task<T>> change) => HoldAsync(change).WaitAsync(s_patience);

    /// <summary>As the other.</summary>
    public Task RunAsync(Func<Task> change) => RunAsync(async () =>
    {
        await change();
        return true;
    });

    private async Task<T> HoldAsync<T>(Func<Task<T>> change)
    {
        if (!await guests.Changes.WaitAsync(s_patience))
        {
            throw new TimeoutException();
        }

        try
        {
            T result = await change();
            guests.TellChanged();
            return result;
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException and not ObjectDisposedException)
        {
            throw new ProblemException(StatusCodes.Status409Conflict, UsageException.Plain(e));
        }
        finally
        {
            guests.Changes.Release();
        }
    }
}
