using FastRing.Console.Endpoints;
using FastRing.Console.Recovery;
using FastRing.Console.State;
using FastRing.Queues;

namespace FastRing.Console.Ports;

/// <summary>
/// How far the streams of a port number have come, for an endpoint whose session outlives the process, and for a device with a recovery area: its line there is stored before each
/// publication. Numbers of which neither is true have none, and their pumps count nothing.
/// </summary>
/// <param name="slot">The number.</param>
internal sealed class PortStream(PortSlot slot)
{
    private StreamLine _line; // As of the last publication: where its rings are is "after".
    private ConsoleArea? _area;
    private ulong _toHost;    // Given back, published or not.
    private ulong _toGuest;

    /// <summary>The session, and where it stands.</summary>
    public StreamPositions Positions => new(_line.Session, _toHost, _toGuest);

    /// <summary>Is stored in an area from now on, or, null, no more.</summary>
    /// <param name="area">The device's.</param>
    /// <param name="isNew">What is there is no line of anybody's.</param>
    public void Keep(ConsoleArea? area, bool isNew)
    {
        _area = area;
        if (area is not null)
        {
            _line.Sequence = isNew ? 0 : area.Read(slot.Id).Sequence;
        }
    }

    /// <summary>Goes on as that of a device that is gone.</summary>
    /// <param name="positions">Where its endpoint goes on from; none: it has no session, or one that begins.</param>
    /// <param name="state">Where its rings are.</param>
    public void Load(in StreamPositions positions, PortState state)
    {
        (_line.Session, _toHost, _toGuest) = (positions.Id, positions.ToHost, positions.ToGuest);
        (_line.TransmitAfter, _line.Consumed) = (state.Transmit.Base, positions.Id == default ? (uint)state.Transmit.Consumed : 0);
        (_line.ReceiveAfter, _line.ReceiveSize) = (state.ReceiveBase, (ushort)(state.Receive?.Size ?? 0));
        if (state.Receive is { } receive)
        {
            (_line.Available, _line.First, _line.Returned) = (receive.Available, (uint)receive.First, receive.Returned);
            (_line.Out, _line.BytesOut) = ((ushort)receive.Count, receive.BytesOut);
        }

        Settle();
        Store();
    }

    /// <summary>The endpoint may be in another session, which begins now: what was not given back is its.</summary>
    public void SessionChanged()
    {
        Guid id = slot.Port.SessionId;
        if (id != _line.Session)
        {
            (_line.Session, _toHost, _toGuest) = (id, 0, 0);
            Settle();
            Store();
        }
    }

    /// <summary>Another port is here.</summary>
    public void PortChanged()
    {
        (_line.Session, _toHost, _toGuest, _line.Consumed) = (slot.Port.SessionId, 0, 0, 0);
        Settle();
        Store();
    }

    /// <summary>A ring starts, where it stopped or elsewhere.</summary>
    public void Start(uint at, bool isTransmit)
    {
        ref uint known = ref isTransmit ? ref _line.TransmitAfter : ref _line.ReceiveAfter;
        if (known != at || _line.Sequence == 0)
        {
            known = at;
            _line.Consumed = isTransmit ? 0 : _line.Consumed;
            Settle();
            Store();
        }
    }

    /// <summary>Chains are given back, wholly read or discarded.</summary>
    public void GaveBack(ChainBatch batch, int chains)
    {
        for (int i = 0; i < chains; i++)
        {
            _toHost += batch[i].Bytes;
        }
    }

    /// <summary>Buffers are given back, with so many bytes in them.</summary>
    public void Filled(nuint bytes, int buffers)
    {
        _toGuest += bytes;
        _line.Chains += (ushort)buffers;
    }

    /// <summary>What was given back is about to be shown.</summary>
    /// <param name="at">Where the transmit ring is then.</param>
    /// <param name="consumed">Bytes of the chain there that were taken.</param>
    public void ShowsTransmitted(uint at, nuint consumed)
    {
        Ask();
        uint taken = _line.Session == default ? (uint)Math.Min(consumed, uint.MaxValue) : 0; // A session's position is where its chain begins.
        if (at != _line.TransmitAfter || taken != _line.Consumed)
        {
            ushort chains = _line.Chains; // Of receive buffers not shown yet.
            (_line.TransmitBefore, _line.TransmitAfter) = (_line.TransmitAfter, at);
            (_line.ToHostBefore, _line.ToHostAfter) = (_line.ToHostAfter, _toHost);
            (_line.ReceiveBefore, _line.ToGuestBefore, _line.Chains) = (_line.ReceiveAfter, _line.ToGuestAfter, 0);
            _line.Consumed = taken;
            Store();
            _line.Chains = chains;
        }
    }

    /// <inheritdoc cref="ShowsTransmitted"/>
    /// <param name="at">Where the receive ring is then.</param>
    /// <param name="returns">What is out of its buffers then.</param>
    /// <param name="held">Buffers that were taken from it and are not given back.</param>
    public void ShowsReceived(uint at, in BufferReturns returns, int held)
    {
        Ask();
        if (at != _line.ReceiveAfter)
        {
            (_line.TransmitBefore, _line.ToHostBefore) = (_line.TransmitAfter, _line.ToHostAfter);
            (_line.ReceiveBefore, _line.ReceiveAfter) = (_line.ReceiveAfter, at);
            (_line.ToGuestBefore, _line.ToGuestAfter) = (_line.ToGuestAfter, _toGuest);
            (_line.Available, _line.First, _line.Returned) = (returns.Available - (ulong)held, (uint)returns.First, returns.Returned);
            (_line.Out, _line.BytesOut, _line.ReceiveSize) = ((ushort)(returns.Used - returns.Returned), returns.BytesOut, (ushort)returns.Size);
            Store();
            _line.Chains = 0;
        }
    }

    /// <summary>An endpoint that did not say so is in another session: it began with what is about to be shown.</summary>
    private void Ask()
    {
        Guid id = slot.Port.SessionId;
        if (id != _line.Session)
        {
            (_line.Session, _toHost, _toGuest) = (id, _toHost - _line.ToHostAfter, _toGuest - _line.ToGuestAfter);
            (_line.ToHostAfter, _line.ToGuestAfter) = (0, 0);
        }
    }

    /// <summary>All that was given back is shown.</summary>
    private void Settle()
    {
        (_line.TransmitBefore, _line.ToHostBefore, _line.ToHostAfter) = (_line.TransmitAfter, _toHost, _toHost);
        (_line.ReceiveBefore, _line.ToGuestBefore, _line.ToGuestAfter) = (_line.ReceiveAfter, _toGuest, _toGuest);
        _line.Chains = 0;
    }

    private void Store()
    {
        if (_area is { } area)
        {
            PortCounters counters = slot.Port.Counters;
            _line.BytesToHost = counters.BytesToHost;
            _line.BytesToGuest = counters.BytesToGuest - Math.Min(_toGuest - _line.ToGuestAfter, counters.BytesToGuest);
            _line.Sequence++;
            area.Write(slot.Id, _line);
        }
    }
}
