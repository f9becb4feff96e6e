using System.Buffers.Binary;
using FastRing.Queues;
using FastRing.Spec;
using FastRing.Tests.Models.SmallScope;

namespace FastRing.Fuzz.Rings;

/// <summary>A split ring written raw.</summary>
internal sealed class RawSplitRing(ScopeMemory memory) : RawRing(memory)
{
    private ushort _known; // The available index as the device last read it.
    private ushort _got;
    private ushort _shown;
    private int _row;
    private bool _jumped;

    public override void Expect(int atOnce)
    {
        base.Expect(atOnce);
        _jumped = false;
        _row = (ushort)(_known - _got);
        if (_row == 0)
        {
            ushort available = Memory.Guest.Read16(Setup.Driver.Value + 2);
            _row = (ushort)(available - _got);
            _jumped = _row > Size || _row + (ushort)(_got - _shown) > Size;
            _known = _jumped ? _got : available;
        }

        _row = _jumped ? 0 : Math.Min(_row, atOnce);
    }

    public override bool IsRightToStop(int popped, int atOnce) => Queue.Error switch
    {
        VirtqueueError.None => !_jumped && (popped == _row || (popped < _row && IsTooLongBehind(popped))),
        VirtqueueError.AvailableIndexJumped => _jumped && popped == 0,
        VirtqueueError error => popped < _row && WalkNext().Allows(error),
    };

    protected override bool IsPacked => false;

    protected override ulong LayoutFeature => 0;

    protected override (ulong Driver, ulong Device) AreaBytes => (6 + (2UL * (ulong)Size), 6 + (8UL * (ulong)Size));

    protected override int SizeOf(int wanted) => 1 << (wanted & 3);

    protected override uint Start(ushort anywhere)
    {
        _known = _got = _shown = anywhere;
        Memory.Guest.Write16((0 - AreaBytes.Driver & ~1UL) + 2, anywhere);
        return anywhere;
    }

    protected override void Put(int slot, ref FuzzInput input) => Put(slot, FuzzCells.Take(ref input));

    protected override void Put(int slot, Cell cell) => Put(slot, cell, 0);

    protected override void Offer(byte what)
    {
        // The upper half jumps; most of the rest is a head.
        ushort index = Memory.Guest.Read16(Setup.Driver.Value + 2);
        if (what >= 0xf0)
        {
            Memory.Guest.Write16(Setup.Driver.Value + 2, (ushort)(index + (what << 10) + what));
            return;
        }

        Memory.Guest.Write16(Setup.Driver.Value + 4 + (2UL * (ulong)(index & (Size - 1))), what >= 0xe0 ? (ushort)(what << 8) : (ushort)(what & 0x1f));
        Memory.Guest.Write16(Setup.Driver.Value + 2, (ushort)(index + 1));
    }

    protected override void OfferGood(int which)
    {
        int slot = which % Size;
        Put(slot, new Cell(0x100, 64, Direction == ChainDirection.Writable ? DescriptorFlags.Write : 0, 0), 0);
        Offer((byte)slot);
    }

    protected override Walked WalkNext()
    {
        Walker.Split(Cells, Memory.Guest.Read16(Setup.Driver.Value + 4 + (2UL * (ulong)(_got & (Size - 1)))));
        return Walker.Result;
    }

    protected override void Advance(int slots) => _got++;

    protected override void ExpectUsed(ReadOnlySpan<DescriptorChain> used, bool shown)
    {
        ulong device = Setup.Device.Value;
        if (!shown)
        {
            Allow(device + 4, 8 * Size);
            return;
        }

        for (int i = 0; i < used.Length;)
        {
            // In order, the element of a run says who is the last of it: those before it brought nothing.
            int last = i;
            while (IsInOrder && last + 1 < used.Length && used[last].IsReadOnly)
            {
                last++;
            }

            Span<byte> element = Before(device + 4 + (8UL * (ulong)((_shown + i) & (Size - 1))), 8);
            BinaryPrimitives.WriteUInt32LittleEndian(element, used[last].Id);
            BinaryPrimitives.WriteUInt32LittleEndian(element[4..], used[last].Written);
            i = last + 1;
        }

        _shown += (ushort)used.Length;
        BinaryPrimitives.WriteUInt16LittleEndian(Before(device + 2, 2), used.Length == 0 ? Memory.Guest.Read16(device + 2) : _shown);
    }
}
