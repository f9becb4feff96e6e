using FastRing.Console.Endpoints;
using FastRing.Console.Spec;
using FastRing.Diagnostics;
using FastRing.Interop;
using FastRing.Workers;

namespace FastRing.Console.Ports;

/// <content>Moving bytes: a turn each way, what limits it, and endpoints that work in the guest's buffers between turns.</content>
internal sealed partial class PortSlot
{
    /// <summary>Bytes a port may move each way before the others have their turn.</summary>
    public const long Quantum = 64 * 1024;

    // While nobody else waits for a turn: fewer looks at descriptors and fewer notifications for the same bytes.
    private const long QuantumAlone = 4 * Quantum;

    // However slow a limit is: so long ago a port may have gone and its limit with it.
    private const long LongestSleep = 1000 * MonotonicClock.Millisecond;

    private readonly Action _wakeLater;
    private long _transmitDeficit;
    private long _receiveDeficit;
    private long _transmitWakesAt = long.MaxValue; // A timer is on its way.
    private long _receiveWakesAt = long.MaxValue;

    /// <summary>A driver discards what comes for a port that is closed in the guest, so it stays with the host's client until it opens.</summary>
    public bool MayReceive =>
        Port is { Endpoint: not null, HasStopped: false } && !_isDraining && (Port.IsGuestOpen || (Port.IsConsole && Port.IsReady));

    /// <inheritdoc cref="IGuestBuffers.Room"/>
    public IoVector Room
    {
        get
        {
            if (_receive is not { IsEnabled: true } pump || !MayReceive || !HasRoom(pump))
            {
                return default;
            }

            ref RateMeters meters = ref Port.ToGuest;
            return meters.IsNone || !IsOver(meters.Begin(Quantum, MonotonicClock.Now), meters, ref _receiveWakesAt) ? pump.Lend() : default;
        }
    }

    /// <inheritdoc cref="IGuestBuffers.HasOutput"/>
    public bool HasOutput => !_isDraining && _transmit is { IsEnabled: true, HasChains: true };

    /// <inheritdoc cref="IGuestBuffers.Wrote"/>
    public void Wrote(nuint bytes)
    {
        NoteListeners();
        _receive!.Wrote(bytes);
    }

    /// <inheritdoc cref="IGuestBuffers.EndBuffer"/>
    public void EndBuffer()
    {
        if (_receive is { } pump)
        {
            var turn = new Turn(Quantum, 1);
            pump.EndBuffer(ref turn);
            Received(turn);
        }
    }

    /// <inheritdoc cref="IGuestBuffers.Publish"/>
    public void Publish()
    {
        EndBuffer();
        if (_receive is { } pump)
        {
            pump.Publish();
        }
    }

    /// <inheritdoc cref="IGuestBuffers.Take"/>
    public void Take(nuint bytes)
    {
        if (_transmit is { } pump)
        {
            NoteListeners();
            var turn = new Turn(Quantum, long.MaxValue);
            pump.Take(Port, bytes, ref turn);
            Wake();
            Transmitted(turn, isMetered: !Port.IsConsole && !Port.ToHost.IsNone);
        }
    }

    /// <inheritdoc cref="IGuestBuffers.Fence"/>
    public bool Fence() => _transmit?.Fence() ?? false;

    /// <inheritdoc cref="IGuestBuffers.EndFence"/>
    public void EndFence()
    {
        _transmit?.EndFence();
        Wake();
    }

    private long TurnQuantum => _device.Worker.HasItemsInLine ? Quantum : QuantumAlone;

    /// <summary>What is done with the guest's output now.</summary>
    private Output Fate
    {
        get
        {
            if (Port.Endpoint is not { } endpoint || _isDraining)
            {
                return Output.Discard;
            }

            bool discardsWhenClosed = Port.IsConsole || Port.WhenHostClosed == HostClosedPolicy.Discard;
            return Port.HasStopped || !endpoint.IsOpen ? (discardsWhenClosed ? Output.Discard : Output.Hold)
                : Port.IsConsole ? Output.OfferOnce
                : !endpoint.TakesOutput && Port.WhenClientLeaves == DisconnectPolicy.Discard ? Output.Discard
                : Output.Offer;
        }
    }

    private bool RunTransmit()
    {
        if (_transmit is not { IsEnabled: true } pump)
        {
            // Of a ring that broke, or never was, nothing comes any more.
            if (_transmit is null && !_isTransmitPaused)
            {
                EndDrain();
            }

            return false;
        }

        Output fate = Fate;
        bool isMetered = fate == Output.Offer && !Port.ToHost.IsNone;

        // Deficit round robin: a buffer is not cut, so a turn may overdraw; the next ones pay it back.
        _transmitDeficit = Math.Min(_transmitDeficit + TurnQuantum, TurnQuantum);
        Turn turn = isMetered ? Port.ToHost.Begin(_transmitDeficit, MonotonicClock.Now) : new Turn(_transmitDeficit, long.MaxValue);
        if (fate == Output.Hold || (isMetered && IsOver(turn, Port.ToHost, ref _transmitWakesAt)))
        {
            return false;
        }

        long before = turn.Budget;
        bool more = pump.Run(Port, fate, ref turn);
        _transmitDeficit -= before - turn.Budget;
        Transmitted(turn, isMetered);
        _device.CheckRing(QueueMap.TransmitQueue(Id), pump.Queue);
        if (!more)
        {
            EndDrain();
        }

        return more;
    }

    private bool RunReceive()
    {
        if (_receive is not { } pump || !MayReceive)
        {
            _receive?.Latency?.Idle();
            return false;
        }

        bool isMetered = !Port.ToGuest.IsNone;
        _receiveDeficit = Math.Min(_receiveDeficit + TurnQuantum, TurnQuantum);
        Turn turn = isMetered ? Port.ToGuest.Begin(_receiveDeficit, MonotonicClock.Now) : new Turn(_receiveDeficit, long.MaxValue);
        if (isMetered && IsOver(turn, Port.ToGuest, ref _receiveWakesAt))
        {
            return false;
        }

        long before = turn.Budget;
        bool more = pump.Run(Port.Endpoint!, ref turn);
        _receiveDeficit -= before - turn.Budget;
        Received(turn);
        _device.CheckRing(QueueMap.ReceiveQueue(Id), pump.Queue);
        return more;
    }

    private bool HasRoom(ReceivePump pump)
    {
        var turn = new Turn(Quantum, long.MaxValue);
        bool hasRoom = pump.HasRoom(ref turn);
        if (turn.Chains > 0)
        {
            Received(turn);
        }

        if (pump.Queue.Error != Queues.VirtqueueError.None)
        {
            Wake(); // The next turn deals with it, not an endpoint that may be letting go of its buffers.
        }

        return hasRoom;
    }

    private void Transmitted(in Turn turn, bool isMetered)
    {
        Show(turn, "to_host");
        if (isMetered)
        {
            Port.ToHost.End(turn, MonotonicClock.Now);
        }
    }

    private void Received(in Turn turn)
    {
        Show(turn, "to_guest");
        if (!Port.ToGuest.IsNone)
        {
            Port.ToGuest.End(turn, MonotonicClock.Now);
        }
    }

    private void Show(in Turn turn, string direction)
    {
        if (FastRingEventSource.Log.ShowsBatches && turn.Chains > 0)
        {
            FastRingEventSource.Log.Batch(_device.Name, Port.Name, direction, turn.Chains, turn.Bytes);
        }
    }

    /// <summary>Nothing may pass: the slot is woken when something may.</summary>
    private bool IsOver(in Turn turn, in RateMeters meters, ref long wakesAt)
    {
        if (!turn.IsOver)
        {
            return false;
        }

        long due = Math.Min(meters.ReadyAt, MonotonicClock.Now + LongestSleep);
        if (due < wakesAt)
        {
            wakesAt = due;
            _device.Worker.RunAt(due, _wakeLater);
        }

        return true;
    }

    private void WakeLater()
    {
        long now = MonotonicClock.Now;
        _transmitWakesAt = _transmitWakesAt <= now ? long.MaxValue : _transmitWakesAt;
        _receiveWakesAt = _receiveWakesAt <= now ? long.MaxValue : _receiveWakesAt;
        Wake();
    }
}
