using FastRing.Interop;
using FastRing.Queues;
using FastRing.VhostUser.Protocol;

namespace FastRing.VhostUser.Backend;

/// <summary>Carries a ring's used-buffer notifications and its errors to the frontend: by descriptor, else in band where that was negotiated.</summary>
internal sealed class RingNotifier(Session session, int index) : INotifier, IDisposable
{
    private EventFd? _call;
    private EventFd? _error;
    private bool _missed;

    public void Notify()
    {
        if (_call is { } call)
        {
            call.Signal();
            session.Counters.Notifications++;
        }
        else if (IsInband)
        {
            session.Channel.NotifyUsed(index);
            session.Counters.Notifications++;
        }
        else
        {
            _missed = true;
        }
    }

    public void SignalError()
    {
        if (_error is { } error)
        {
            error.Signal();
        }
        else if (IsInband)
        {
            session.Channel.NotifyBroken(index);
        }
    }

    /// <summary>Replaces the call descriptor; null: there is none. What was missed without one is made up for.</summary>
    public void SetCall(EventFd? call)
    {
        _call?.Dispose();
        _call = call;
        if (_missed && call is not null)
        {
            _missed = false;
            Notify();
        }
    }

    public void SetError(EventFd? error)
    {
        _error?.Dispose();
        _error = error;
    }

    public void Dispose()
    {
        _call?.Dispose();
        _error?.Dispose();
        _call = _error = null;
    }

    private bool IsInband => (session.ProtocolFeatures & ProtocolFeatures.InbandNotifications) != 0;
}
