using FastRing.Console.Ports;
using FastRing.Console.State;

namespace FastRing.Console.Control;

/// <content>The queue in a device's state.</content>
internal sealed partial class ControlReceiveQueue
{
    public ControlState Save()
    {
        // Of the same message to the same port the last counts: who waits for that has waited for those before.
        var unheard = new Dictionary<(int Port, PendingControl What), ulong>();
        foreach ((PortSlot slot, PendingControl what, ulong after) in _unheard)
        {
            unheard[(slot.Id, what)] = after;
        }

        (uint Base, BuffersOut Buffers)? at = _queue is null ? _stopped : (_queue.Base, _returns.Stopped(_batch!.Count));
        return new ControlState(
            at?.Base,
            at?.Buffers,
            [.. _line.Select(slot => slot.Id)],
            [.. unheard.OrderBy(u => u.Value).Select(u => (u.Key.Port, u.Key.What, u.Value))]);
    }

    /// <summary>Goes on as another device's. Nothing is in line here, and nobody waits.</summary>
    public void Load(ControlState state, ReadOnlySpan<PortSlot> slots)
    {
        _stopped = state.Base is { } at ? (at, state.Buffers!) : null;
        foreach (int port in state.Line)
        {
            Enqueue(slots[port]);
        }

        foreach ((int port, PendingControl what, ulong after) in state.Unheard)
        {
            _unheard.Enqueue((slots[port], what, after));
        }
    }
}
