using FastRing.Queues;

namespace FastRing.VhostUser.Backend;

/// <summary>What gives a virtio device to VMMs over a socket, by whichever protocol.</summary>
public interface IDeviceServer : IDisposable
{
    /// <summary>How the used-buffer notifications of its queues are gathered, until <see cref="SetCoalescingAsync"/> says otherwise.</summary>
    NotificationCoalescing Coalescing { get; }

    /// <summary>What happened so far.</summary>
    BackendCounters Counters { get; }

    /// <summary>A VMM is connected. Any thread.</summary>
    bool IsConnected { get; }

    /// <summary>Completes when the session of a connected socket ended, or when the server was disposed.</summary>
    Task Ended { get; }

    /// <summary>A VMM connected (true) or is gone (false). Raised on the worker's thread: be brief, don't wait, don't throw.</summary>
    event Action<bool>? ConnectionChanged;

    /// <summary>Begins to serve; returns when the socket is watched. Any thread but the worker's.</summary>
    /// <exception cref="InvalidOperationException">It was started before.</exception>
    void Start();

    /// <summary>Changes how used-buffer notifications are gathered, for rings that run and all that start later. Any thread.</summary>
    /// <param name="coalescing">The new policy.</param>
    /// <param name="queue">The only queue it is for; null: all of them.</param>
    /// <returns>Completes when it holds; not to be waited for on the worker's thread.</returns>
    /// <exception cref="ArgumentOutOfRangeException">There is no such queue.</exception>
    Task SetCoalescingAsync(NotificationCoalescing coalescing, int? queue = null);
}
