using FastRing.Console.Diagnostics;
using FastRing.Workers;

namespace FastRing.Console.Ports;

/// <summary>
/// How long one direction's buffers take, and how many are given back at a time. There is one only while <see cref="LatencyMeter"/> has listeners. A publication is one measurement, of the oldest buffer in it.
/// </summary>
internal abstract class PortLatency(in PortTags tags)
{
    private readonly PortTags _tags = tags;
    private long _oldest;
    private int _given;

    protected bool HasGiven => _given > 0;

    /// <summary>What was given back is the driver's now.</summary>
    public virtual void Shown()
    {
        if (HasGiven)
        {
            LatencyMeter.Record((MonotonicClock.Now - _oldest) / 1e9, _given, _tags);
            _given = 0;
        }
    }

    /// <summary>Buffers are given back; the driver does not see that yet.</summary>
    /// <param name="buffers">How many; may be none.</param>
    /// <param name="since">Since when they were known of.</param>
    protected void Give(int buffers, long since)
    {
        if (buffers > 0)
        {
            _oldest = _given == 0 ? since : Math.Min(_oldest, since);
            _given += buffers;
        }
    }
}
