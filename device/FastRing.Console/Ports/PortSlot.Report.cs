using System.Globalization;
using FastRing.Console.Diagnostics;
using FastRing.Workers;

namespace FastRing.Console.Ports;

/// <content>How it is doing, for people.</content>
internal sealed partial class PortSlot
{
    /// <summary>For how long the host's side has taken nothing of what the guest has sent; null: it does. Any thread, which reads what the worker wrote last.</summary>
    public double? StalledSeconds
    {
        get
        {
            long since = _transmit?.BlockedSince ?? 0;
            return since > 0 ? (MonotonicClock.Now - since) / 1e9 : null;
        }
    }

    public PortReport Report()
    {
        ulong buffersOut = _receive is { } pump ? pump.Returns.Used - pump.Returns.Returned : _receiveStop is { } stop ? (ulong)stop.Buffers.Count : 0;
        double? stalled = StalledSeconds;
        return new PortReport(
            Id, Port.Name, Port.IsGuestOpen, Port.IsHostOpen, Port.Waits, Port.Counters.BytesToHost, Port.Counters.BytesToGuest, buffersOut, UnacknowledgedBytes, stalled,
            [.. Findings(buffersOut, stalled)]);
    }

    private IEnumerable<string> Findings(ulong buffersOut, double? stalled)
    {
        if (Port.Waits is not PortWait.Nothing)
        {
            yield return PortWaiters.Describe(Port.Waits);
        }

        if (Port.HasStopped)
        {
            yield return "its endpoint failed, and is asked nothing more";
        }

        if (_isDraining)
        {
            yield return "a client left: what the guest sends is discarded until its driver has taken notice";
        }

        if (stalled is { } seconds)
        {
            yield return string.Create(CultureInfo.InvariantCulture, $"the client has not read for {seconds:0.#} s: the guest's bytes wait on its ring");
        }
        else if (_transmit is { HasChains: true, IsEnabled: true } && Fate == Output.Hold)
        {
            yield return "the guest has sent bytes that nobody is there to take";
        }

        if (buffersOut > 0)
        {
            yield return string.Create(CultureInfo.InvariantCulture, $"the guest has not returned {buffersOut} receive buffers, with {UnacknowledgedBytes} bytes in them");
        }

        if (_receive is { IsEnabled: true } pump && MayReceive && Port.Endpoint!.MayHaveInput && !pump.HasBuffers)
        {
            yield return "the guest has given no receive buffers: the client's bytes wait with it";
        }

        long now = MonotonicClock.Now;
        if (_transmitWakesAt > now && _transmitWakesAt != long.MaxValue)
        {
            yield return "its limit to the host is used up for now";
        }

        if (_receiveWakesAt > now && _receiveWakesAt != long.MaxValue)
        {
            yield return "its limit to the guest is used up for now";
        }
    }
}
