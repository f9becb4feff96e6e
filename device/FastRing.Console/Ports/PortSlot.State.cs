using FastRing.Console.State;
using static FastRing.Console.State.PortStateFlags;

namespace FastRing.Console.Ports;

/// <content>The number in a device's state. Its queues are stopped.</content>
internal sealed partial class PortSlot
{
    public bool IsRunning => _transmit is not null || _receive is not null;

    /// <summary>What there is to say of the number; null: nothing that any number would not be.</summary>
    public PortState? Save()
    {
        PortStateFlags flags = Flags;
        return flags == None && Pending == PendingControl.None && _transmitStop == default ? null : new PortState
        {
            Number = Id,
            Flags = flags,
            Pending = Pending,
            Name = Port.Name,
            Size = Port.Size ?? default,
            Limits = Port.Limits,
            Debts = Port.Debts,
            BytesToHost = Port.Counters.BytesToHost,
            BytesToGuest = Port.Counters.BytesToGuest,
            BytesDiscarded = Port.Counters.BytesDiscarded,
            GuestOpens = Port.Counters.GuestOpens,
            Transmit = (_transmitStop.Base, _transmitStop.Consumed),
            ReceiveBase = _receiveStop?.Base ?? 0,
            Receive = _receiveStop?.Buffers,
            Session = Stream?.Positions is { Id: var id } positions && id != default ? positions : default,
        };
    }

    /// <summary>The same while its queues may run. Where they are, and its session, is said by its <see cref="Stream"/> at every moment, and not here.</summary>
    public PortState? SaveRunning() => Save() is { } state
        ? state with
        {
            Flags = state.Flags & ~(TransmitPaused | PortStateFlags.HasReceive),
            Transmit = default,
            ReceiveBase = 0,
            Receive = null,
            Session = default,
            HostOpens = Port.Session.HostOpens,
        }
        : null;

    /// <summary>Why the number can't go on as that of another device, or null when it can.</summary>
    public string? WhyNot(PortState? state)
    {
        bool isOccupied = state is not null && state.Has(Occupied);
        return isOccupied == IsVacant ? $"port {Id}: {(IsVacant ? $"'{state!.Name}' is not there" : $"'{Port.Name}' is not in the state")}"
            : IsVacant ? null
            : state!.Name != Port.Name ? $"port {Id}: name: '{state.Name}' in the state, '{Port.Name}' here"
            : state.Has(PortStateFlags.Console) != Port.IsConsole ? $"port {Id}: kind: it is {(Port.IsConsole ? "a console" : "no console")} here only"
            : null;
    }

    /// <summary>The number goes on as that of another device. The host's end is this one's: the driver hears of it where it was told otherwise.</summary>
    /// <param name="state">What that one knew.</param>
    /// <param name="whence">What became of it.</param>
    public void Load(PortState state, Successor whence)
    {
        // Before anybody may say that its session is another: what is stored then must be of these rings.
        NeedStream();
        Stream?.Load(state.Session, state);
        bool resumes = whence != Successor.Restarted && Port.TryResume(state.Session);
        if (!resumes && state.Session.Id != default)
        {
            Stream?.Load(default, state);
        }

        if (resumes)
        {
            // Its position is where the chain begins, and it knows how much of it its client has.
            state = state with { Transmit = (state.Transmit.Base, 0), BytesToHost = state.BytesToHost - Math.Min(state.Transmit.Consumed, state.BytesToHost) };
        }

        bool isResized = Port.Load(state);
        _isKnown = state.Has(Known);
        _isLeaving = state.Has(Leaving);
        _isReused = state.Has(Reused);
        _openTold = state.Has(OpenTold);
        _tellsAgain = state.Has(TellsAgain);
        _isDraining = state.Has(Draining);
        _isGoneHeard = state.Has(GoneHeard);
        _isTransmitPaused = state.Has(TransmitPaused);
        _transmitStop = (state.Transmit.Base, (nuint)state.Transmit.Consumed);
        _receiveStop = state.Receive is null ? null : (state.ReceiveBase, state.Receive);
        Pending = PendingControl.None;
        SetPending(state.Pending | (isResized ? PendingControl.Resize : PendingControl.None));
        Stream?.SessionChanged();
        if (whence == Successor.Restarted && Port is { IsConsole: false, Endpoint: not null })
        {
            StartDrain();
        }
        else if (whence == Successor.Killed && _openTold && !resumes && Port.HasLostClient(state))
        {
            HostLeft();
        }
    }

    private PortStateFlags Flags =>
        (IsVacant ? None : Occupied) | If(Port.IsConsole, PortStateFlags.Console) | If(Port.IsReady, Ready) | If(Port.HasFailed, Failed)
        | If(Port.IsGuestOpen, GuestOpen) | If(_isKnown, Known) | If(_isLeaving, Leaving) | If(_isReused, Reused) | If(_openTold, OpenTold)
        | If(_tellsAgain, TellsAgain) | If(_isDraining, Draining) | If(_isGoneHeard, GoneHeard) | If(_isTransmitPaused, TransmitPaused)
        | If(Port.Size is not null, HasSize) | If(_receiveStop is not null, PortStateFlags.HasReceive);

    private static PortStateFlags If(bool holds, PortStateFlags flag) => holds ? flag : None;
}
