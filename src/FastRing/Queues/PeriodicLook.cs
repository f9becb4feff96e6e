using FastRing.Workers;

namespace FastRing.Queues;

/// <summary>
/// Whether a device that has taken all there was asks to be notified of more, or looks again by itself a while later. It looks by itself while the driver sends so
/// much that looks find several chains, and as long as the driver does not send less for it: one that waits for what it has under way is not kept waiting.
/// </summary>
internal struct PeriodicLook
{
    private const uint Streak = 16;        // Notifications in a row, each in time, before it looks by itself.
    private const uint MostPatience = 4096;
    private const ulong KnownChains = 8;   // So many must have been expected before fewer tell that the driver waits.
    private const uint KnownLooks = 4;
    private const uint LooksRemembered = 32;
    private const int LatestLook = 4;      // In delays: one that comes later tells nothing of the driver.

    private ulong _chains;       // When it last had taken all.
    private long _at;            // And the time then.
    private long _dueAt;         // Of the look that is under way.
    private uint _streak;
    private Pace _notified;      // What the driver sent in the streak: what it can do.
    private Pace _lookedAt;      // What it sends while it is looked at.
    private uint _looks;
    private uint _patience;      // Notifications more than Streak, after looks that a driver had to wait for.
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
        long nanoseconds = MonotonicClock.Nanoseconds(delay);
        bool wasLooking = _isLooking;
        _isLooking = wasLooking ? taken > 0 && (passed >= LatestLook * nanoseconds || IsWorthIt(taken, passed)) : IsStreak(taken, passed, nanoseconds);
        if (_isLooking)
        {
            _dueAt = now + nanoseconds;
            timer.Start(delay);
        }
        else if (wasLooking)
        {
            (_streak, _looks, _notified, _lookedAt) = (0, 0, default, default);
        }

        return _isLooking;
    }

    private bool IsStreak(ulong taken, long passed, long delay)
    {
        if (taken == 0 || passed > delay)
        {
            (_streak, _notified) = (0, default);
            return false;
        }

        _notified.Add(taken, passed);
        return ++_streak >= Streak + _patience;
    }

    private bool IsWorthIt(ulong taken, long passed)
    {
        _looks++;
        _lookedAt.Add(taken, passed);
        ulong expected = _notified.In(_lookedAt.Time);
        bool isKnown = expected >= KnownChains;

        // Three quarters of what it sent before, in the same time: a timer is not exact, nor is a driver.
        bool isSlower = isKnown && 4 * _lookedAt.Chains < 3 * expected;
        bool isPoor = _looks >= KnownLooks && 2 * _lookedAt.Chains < 3 * (ulong)_looks;
        if (isSlower)
        {
            _patience = Math.Min((2 * _patience) + Streak, MostPatience);
        }
        else if (isKnown)
        {
            _patience = 0;
        }

        if (_looks >= LooksRemembered)
        {
            _looks /= 2;
            _lookedAt.Halve();
        }

        return !isSlower && !isPoor;
    }

    /// <summary>So many chains in so many nanoseconds.</summary>
    private struct Pace
    {
        public ulong Chains;
        public long Time;

        public void Add(ulong chains, long time)
        {
            Chains += chains;
            Time += time;
        }

        /// <summary>How many it would be in another time.</summary>
        public readonly ulong In(long time) => (ulong)((UInt128)Chains * (ulong)time / (ulong)Math.Max(Time, 1));

        public void Halve()
        {
            Chains /= 2;
            Time /= 2;
        }
    }
}
