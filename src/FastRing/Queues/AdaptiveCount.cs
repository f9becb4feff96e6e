namespace FastRing.Queues;

/// <summary>
/// For how many used buffers an adaptive policy waits: learned from what the driver does. As long as buffers come faster than one in the policy's delay, it
/// tries twice as many from time to time. A driver that sends no more until it is notified shows by its silence how many buffers it has under way:
/// half of them is what may be gathered without keeping it waiting, and one when it has one.
/// </summary>
internal struct AdaptiveCount
{
    private const uint FirstPatience = 8;
    private const uint MostPatience = 1024;

    private uint _count;       // What is waited for, less one.
    private uint _ceiling;     // The most that is known to be good, less one.
    private uint _patience;    // Times the ceiling must be reached before more is tried, less FirstPatience.
    private uint _reached;     // In time, in a row.
    private long _publishedAt;

    /// <summary>Buffers were published.</summary>
    /// <param name="now">When, in nanoseconds.</param>
    /// <param name="delay">The policy's, in nanoseconds.</param>
    /// <returns>How many to wait for.</returns>
    public uint Published(long now, long delay)
    {
        if (now - _publishedAt > delay)
        {
            _count = _reached = 0; // Idle: nothing would come to be gathered.
        }

        _publishedAt = now;
        return _count + 1;
    }

    /// <summary>There are as many as were waited for.</summary>
    /// <param name="most">Never wait for more.</param>
    public void Reached(uint most)
    {
        uint needed = _count == _ceiling ? FirstPatience + _patience : FirstPatience;
        if (++_reached < needed)
        {
            return;
        }

        _reached = 0;
        _count = Math.Min((2 * (_count + 1)) - 1, most - 1);
        if (_count == most - 1)
        {
            _ceiling = _count;
            _patience = 0;
        }
    }

    /// <summary>The time is over, and there are fewer.</summary>
    /// <param name="gathered">How many there are.</param>
    /// <param name="now">When, in nanoseconds.</param>
    /// <param name="delay">The policy's, in nanoseconds.</param>
    public void Expired(uint gathered, long now, long delay)
    {
        bool isSilent = now - _publishedAt > delay / 2;
        if (!isSilent)
        {
            return; // It goes on sending: slowly, but it does not wait.
        }

        _count = _ceiling = Math.Max(gathered / 2, 1) - 1;
        _patience = Math.Min((2 * _patience) + FirstPatience, MostPatience);
        _reached = 0;
        _publishedAt = now; // It was kept waiting until now: that is not idleness.
    }
}
