namespace FastRing.Queues;

/// <summary>
/// Whether a queue's decision about a notification is put off. It needs no clock: a timer is set when something begins to be held, and for an
/// adaptive policy at each decision too; that the timer comes and nothing is held means idle.
/// </summary>
internal struct NotificationHold
{
    private bool _holds;
    private bool _isBusy;

    /// <summary>Something was published, or not. Whether to leave the decision to the timer.</summary>
    /// <param name="policy">The policy; not <see cref="NotificationCoalescing.Immediate"/>.</param>
    /// <param name="buffers">Buffers published since it was last decided.</param>
    /// <param name="maxBuffers">Never wait for more.</param>
    /// <param name="moreToCome">The driver has buffers on the ring.</param>
    /// <param name="timer">Ends what is held.</param>
    public bool TryHold(NotificationCoalescing policy, uint buffers, int maxBuffers, bool moreToCome, INotificationTimer timer)
    {
        if (buffers == 0)
        {
            return false;
        }

        bool enough = buffers >= (uint)Math.Min(policy.MaxBuffers, maxBuffers);
        if (enough || (policy.IsAdaptive && !(_isBusy && moreToCome)))
        {
            if (policy.IsAdaptive)
            {
                _isBusy = true;
                timer.Start(policy.MaxDelay);
            }

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

    /// <summary>The timer came. Still busy if it was for something.</summary>
    public void Expire(NotificationCoalescing policy, INotificationTimer? timer)
    {
        _isBusy = _holds && policy.IsAdaptive;
        if (_isBusy)
        {
            timer?.Start(policy.MaxDelay);
        }
    }
}
