using FastRing.Interop;

namespace FastRing.VhostUser.Backend;

/// <content>A ring that goes on from what another process left.</content>
internal sealed partial class Vring
{
    public void SetCall(EventFd? call)
    {
        _notifier.SetCall(call);
        NotifyOfTheLast();
    }

    /// <summary>Whoever had the ring before may have ended between showing a buffer and notifying of it: the driver is notified, be it once too often.</summary>
    private void NotifyOfTheLast()
    {
        if (_queue is not null && _session.Inflight is not null)
        {
            _notifier.Notify();
        }
    }
}
