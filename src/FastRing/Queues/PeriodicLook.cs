namespace FastRing.Queues;

/// <summary>
/// Whether a device that has taken all there was asks to be notified of more, or looks again by itself a while later. It looks by itself while the driver sends so
/// much that each look finds several chains, and as long as the driver does not send less for it: one that waits for what it has under way is not kept waiting.
/// </summary>
internal struct PeriodicLook
{
    private const uint Streak = 16;       // Notifications in a row, each in time, before it looks by itself.
    private const uint MostPatience = 4096;
    private const int LatestLook = 4;     // In delays: one that comes later tells nothing of the driver.
    private const ulong LeastChains = 2;  // Of a look that is worth it.

    private ulong _chains;       // When it last had taken all.
    private long _at;            // And the time then.
    private long _dueAt;         // Of the look that is under way.
    private uint _streak;
    private ulong _streakChains; // What the driver sent in the streak, and how long that took: what it can do.
    private long _streakTime;
    private uint _patience;      // Notifications more than Streak, after looks that were not worth it.
    private bool _isLooking;

    /// <summary>The device has taken all there was.</summary>
    /// <param name="chains">Chains it has taken so far.</param>
    /// <param name="delay">Between two looks.</param>
    /// <param name="timer">Brings it back; started when that is not under way already.</param>
    /// <returns>True: it looks again by itself.</returns>
    public bool TryDefer(ulong chains, TimeSpan delay, INotificationTimer timer)
    {
        long now = timer.Now;
        if (_isLooking && now < _dueAt)
        {
            return true; // Something else brought the device here: the look is still to come.
        }

        ulong taken = chains - _chains;
        long passed = now - _at;
        _chains = chains;
        _at = now;
        long nanoseconds = delay.Ticks * TimeSpan.NanosecondsPerTick;
        _isLooking = _isLooking ? IsWorthIt(taken, passed, nanoseconds) : IsStreak(taken, passed, nanoseconds);
        if (_isLooking)
        {
            _dueAt = now + nanoseconds;
            timer.Start(delay);
        }

        return _isLooking;
    }

    private bool IsStreak(ulong taken, long passed, long delay)
    {
        if (taken == 0 || passed > delay)
        {
            _streak = 0;
            (_streakChains, _streakTime) = (0, 0);
            return false;
        }

        _streakChains += taken;
        _streakTime += passed;
        return ++_streak >= Streak + _patience;
    }

    private bool IsWorthIt(ulong taken, long passed, long delay)
    {
        if (passed < LatestLook * delay)
        {
            // Three quarters of what it sent before, in the same time: a timer is not exact, nor is a driver.
            bool isSlower = 4 * taken * (ulong)_streakTime < 3 * _streakChains * (ulong)passed;
            if (taken >= LeastChains && !isSlower)
            {
                _patience = 0;
                return true;
            }

            _patience = taken == 0 ? _patience : Math.Min((2 * _patience) + Streak, MostPatience);
        }

        _streak = 0;
        (_streakChains, _streakTime) = (0, 0);
        return false;
    }
}
