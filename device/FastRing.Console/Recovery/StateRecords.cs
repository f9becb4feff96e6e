using FastRing.Memory;

namespace FastRing.Console.Recovery;

/// <summary>
/// The device's state, as it is moved and kept, after every change: with where the queue it speaks to the driver on is when that state holds, and how many of the driver's messages are in
/// it. A state in which the driver was told something is stored before the driver sees that; until it does, the ring is where the record before says.
/// </summary>
/// <param name="area">Where.</param>
/// <param name="layout">Where in it.</param>
internal sealed class StateRecords(RecoveryArea area, AreaLayout layout)
{
    // le64 number (last), le64 base and whether there is one, le64 messages handled, le64 length, and the state.
    private const int BaseAt = 8;
    private const int HandledAt = 16;
    private const int LengthAt = 24;
    private const int StateAt = 32;
    private const ulong HasBase = 1UL << 32;

    private ulong _sequence;
    private int _slot; // Of the last one, which counts until the next does.
    private KeptState? _last;

    /// <summary>Kills: the older record is none from the first store on, and the new one only after the last; the other, whole, is what the ring fits until what is to come is published.</summary>
    public void Keep(KeptState state)
    {
        if (_last is { } last && last.Base == state.Base && last.Handled == state.Handled && last.State.AsSpan().SequenceEqual(state.State))
        {
            return;
        }

        ArgumentOutOfRangeException.ThrowIfGreaterThan(state.State.Length, layout.RecordCapacity, nameof(state));
        _slot = 1 - _slot;
        _sequence++;
        int start = layout.Record(_slot);
        area.Store(start, 0);
        area.Store(start + BaseAt, state.Base is { } at ? at | HasBase : 0);
        area.Store(start + HandledAt, state.Handled);
        area.Store(start + LengthAt, (ulong)state.State.Length);
        area.Write(start + StateAt, state.State);
        area.Store(start, _sequence);
        _last = state;
    }

    /// <summary>What a process that was killed left, the newest first. Lengths are checked, and nothing else.</summary>
    public IReadOnlyList<KeptState> Read()
    {
        var records = new List<(ulong Sequence, KeptState State)>();
        for (int slot = 0; slot < 2; slot++)
        {
            int start = layout.Record(slot);
            ulong sequence = area.Load(start);
            ulong length = area.Load(start + LengthAt);
            if (sequence != 0 && length <= (ulong)layout.RecordCapacity)
            {
                ulong at = area.Load(start + BaseAt);
                var state = new byte[length];
                area.Read(start + StateAt, state);
                records.Add((sequence, new KeptState(state, (at & HasBase) != 0 ? (uint)at : null, area.Load(start + HandledAt)) { Slot = slot }));
            }
        }

        records.Sort(static (a, b) => b.Sequence.CompareTo(a.Sequence));
        _sequence = records.Count > 0 ? records[0].Sequence : 0;
        return [.. records.Select(r => r.State)];
    }

    /// <summary>This one counts, be it the older: the other, of which nobody has seen anything, is the next to be written.</summary>
    public void GoOnFrom(KeptState kept) => _slot = kept.Slot;
}
