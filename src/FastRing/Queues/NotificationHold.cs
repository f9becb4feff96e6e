using FastRing.Workers;

namespace FastRing.Queues;

/// <summary>Whether a queue's decision about a notification is put off. A timer is set when something begins to be held; the clock is read for adaptive policies only.</summary>
internal struct NotificationHold
{
    private bool _holds;
    private AdaptiveCount _adaptive;

    /// <summary>Something was published, or not. Whether to leave the decision to the timer.</summary>
    /// <param name="policy">The policy; not <see cref="NotificationCoalescing.Immediate"/>.</param>
    /// <param name="buffers">Buffers published since it was last decided.</param>
    /// <param name="maxBuffers">Never wait for more.</param>
    /// <param name="timer">Ends what is held.</param>
    public bool TryHold(NotificationCoalescing policy, uint buffers, int maxBuffers, INotificationTimer timer)
    {
        if (buffers == 0)
        {
            return false;
        }

        uint most = (uint)Math.Max(Math.Min(policy.MaxBuffers, maxBuffers), 1);
        if (IsEnough(policy, buffers, most, timer))
        {
            return false;
        }

        if (!_holds)
        {
            _holds = true;
            timer.Start(policy.MaxDelay);
        }

        return true;
    }

    /// <summary>It is being decided now.</summary>
    public void Decided() => _holds = false;

    /// <summary>The timer came.</summary>
    /// <param name="policy">The policy.</param>
    /// <param name="buffers">Buffers published since it was last decided.</param>
    /// <param name="timer">The timer, where there is one.</param>
    public void Expire(NotificationCoalescing policy, uint buffers, INotificationTimer? timer)
    {
        if (_holds && policy.IsAdaptive && timer is not null)
        {
            _adaptive.Expired(buffers, timer.Now, MonotonicClock.Nanoseconds(policy.MaxDelay));
        }
    }

    private bool IsEnough(NotificationCoalescing policy, uint buffers, uint most, INotificationTimer timer)
    {
        if (!policy.IsAdaptive)
        {
            return buffers >= most;
        }

        bool isEnough = buffers >= Math.Min(_adaptive.Published(timer.Now, MonotonicClock.Nanoseconds(policy.MaxDelay)), most);
        if (isEnough)
        {
            _adaptive.Reached(most);
        }

        return isEnough;
    }
}
