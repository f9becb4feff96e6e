using FastRing.Console.Diagnostics;
using FastRing.Workers;

namespace FastRing.Console.Ports;

/// <summary>
/// Guest to host. When a driver made a buffer available nobody knows; it counts from the last moment at which it may have been there already: the look at the ring that did not find it, or, where the
/// ring was empty and the worker turned to others, the wake.
/// </summary>
internal sealed class TransmitLatency : PortLatency
{
    private readonly int _ringSize;
    private long _since;      // What is on the ring came no earlier; 0: nothing is, as far as is known.
    private long _batchSince; // The same of what was fetched.
    private long _markedAt;   // What is behind so many chains more was not on the ring then: it has no room for them.
    private int _untilMark;

    /// <param name="tags">Whose buffers they are.</param>
    /// <param name="ringSize">Chains there may be on the ring.</param>
    /// <param name="waitsSince">Since when there are some, as far as is known; 0: there are none.</param>
    public TransmitLatency(in PortTags tags, int ringSize, long waitsSince)
        : base(tags)
    {
        _ringSize = ringSize;
        Begin(waitsSince);
        _batchSince = _since;
    }

    /// <summary>There may be something on the ring.</summary>
    public void Woken()
    {
        if (_since == 0)
        {
            Begin(MonotonicClock.Now);
        }
    }

    /// <summary>The ring was looked at.</summary>
    /// <param name="chains">What was fetched from it.</param>
    /// <param name="areMore">There are more on it.</param>
    /// <param name="now">When, or a little before.</param>
    public void Popped(int chains, bool areMore, long now)
    {
        if (chains > 0)
        {
            _batchSince = _since > 0 ? _since : now;
        }

        _untilMark -= chains;
        if (!areMore || _since == 0)
        {
            Begin(now);
        }
        else if (_untilMark <= 0)
        {
            _since = _markedAt;
            Mark(now);
        }
    }

    /// <summary>The ring is empty, and somebody else's turn: a wake follows.</summary>
    public void Emptied() => _since = 0;

    /// <summary>What was fetched, so many chains, is on the ring again.</summary>
    public void PutBack(int chains)
    {
        if (chains > 0)
        {
            Begin(_batchSince);
        }
    }

    /// <summary>Chains that were fetched are given back.</summary>
    public void Given(int chains) => Give(chains, _batchSince);

    private void Begin(long since)
    {
        _since = since;
        Mark(since);
    }

    private void Mark(long at)
    {
        _markedAt = at;
        _untilMark = _ringSize;
    }
}
