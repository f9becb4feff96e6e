using FastRing.Console.Diagnostics;
using FastRing.Workers;

namespace FastRing.Console.Ports;

/// <summary>
/// Host to guest. A receive buffer lies on the ring until somebody sends, which says nothing of the device: what counts is how long the host's bytes take, from the wake by which the worker learned of
/// them, or, where there are more than one publication's worth, from the one before. What an endpoint writes in place counts from its first byte.
/// </summary>
internal sealed class ReceiveLatency(in PortTags tags) : PortLatency(tags)
{
    private long _since; // 0: the endpoint has nothing.
    private long _writtenSince;

    /// <summary>The endpoint has something, as far as it knows.</summary>
    public void Woken() => _since = _since == 0 ? MonotonicClock.Now : _since;

    /// <summary>The endpoint has nothing more, or the guest wants nothing.</summary>
    public void Idle() => _since = 0;

    /// <summary>So many bytes were written in place.</summary>
    public void Written(nuint bytes) => _writtenSince = _writtenSince == 0 && bytes > 0 ? MonotonicClock.Now : _writtenSince;

    /// <summary>What was written in place is nobody's any more.</summary>
    public void Unwritten() => _writtenSince = 0;

    /// <summary>Buffers are given back, filled.</summary>
    public void Given(int chains) => Give(chains, _writtenSince > 0 ? _writtenSince : _since > 0 ? _since : MonotonicClock.Now);

    /// <inheritdoc/>
    public override void Shown()
    {
        if (HasGiven)
        {
            base.Shown();
            _since = MonotonicClock.Now;
            _writtenSince = 0;
        }
    }
}
