using System.Buffers.Binary;
using FastRing.Queues;
using FastRing.Spec;
using FastRing.Tests.Models.SmallScope;

namespace FastRing.Fuzz.Rings;

/// <summary>A packed ring written raw.</summary>
internal sealed class RawPackedRing(ScopeMemory memory) : RawRing(memory)
{
    private (int Place, bool Wrap) _got;
    private (int Place, bool Wrap) _shown;
    private (int Place, bool Wrap) _offered;
    private int _taken; // Slots the device has and has not shown.

    public override bool IsRightToStop(int popped, int atOnce)
    {
        Walked next = WalkNext();
        return Queue.Error switch
        {
            VirtqueueError.None => popped == atOnce || !next.IsAvailable || IsTooLongBehind(popped),
            VirtqueueError.RingOverrun => _taken > 0 && IsAvailable(Ahead(_got, Size - _taken)),
            VirtqueueError error => popped < atOnce && next.IsAvailable && next.Allows(error),
        };
    }

    protected override bool IsPacked => true;

    protected override ulong LayoutFeature => VirtioFeatures.RingPacked;

    protected override (ulong Driver, ulong Device) AreaBytes => (4, 4);

    protected override int SizeOf(int wanted) => 1 + (wanted & 7);

    protected override uint Start(ushort anywhere)
    {
        // A ring never used that begins at 0 begins with a wrap counter of 1, whatever is said.
        int place = (anywhere & 0xff) % Size;
        bool wrap = (anywhere & 0x8000) != 0 || place == 0;
        _got = _shown = _offered = (place, wrap);
        _taken = 0;
        uint half = (uint)place | (wrap ? 0x8000U : 0);
        return half | (half << 16);
    }

    protected override void Put(int slot, ref FuzzInput input)
    {
        byte whose = input.Byte();
        Put(slot, FuzzCells.Take(ref input), (whose & 0xc0) == 0xc0 ? Flags((whose & 1) != 0, (whose & 2) != 0) : AvailableFrom(_offered, slot));
    }

    protected override void Put(int slot, Cell cell) => Put(slot, cell, AvailableFrom(_offered, slot));

    /// <summary>The next chain begins some slots on, or back.</summary>
    protected override void Offer(byte what) => _offered = Ahead(_offered, what % (Size + 1));

    protected override void OfferGood(int which)
    {
        Put(_offered.Place, new Cell(0x100, 64, Direction == ChainDirection.Writable ? DescriptorFlags.Write : 0, (ushort)(which % Size)), AvailableFrom(_offered, _offered.Place));
        _offered = Ahead(_offered, 1);
    }

    protected override Walked WalkNext()
    {
        Walker.Packed(Cells, _got.Place, _got.Wrap);
        return Walker.Result;
    }

    protected override void Advance(int slots)
    {
        _got = Ahead(_got, slots);
        _taken += slots;
        if (_taken > Size)
        {
            throw new FindingException("more slots taken than there are");
        }
    }

    protected override void ExpectUsed(ReadOnlySpan<DescriptorChain> used, bool shown)
    {
        if (!shown)
        {
            Span<byte> first = stackalloc byte[Cell.SizeBytes];
            Before(At(_shown.Place), Cell.SizeBytes).CopyTo(first);
            Allow(Setup.Descriptors.Value, Size * Cell.SizeBytes);
            first.CopyTo(Before(At(_shown.Place), Cell.SizeBytes));
            return;
        }

        for (int i = 0; i < used.Length; i++)
        {
            (int Place, bool Wrap) place = _shown;
            while (IsInOrder && i + 1 < used.Length && used[i].IsReadOnly)
            {
                Show(used[i++].Slots);
            }

            DescriptorFlags flags = (place.Wrap ? DescriptorFlags.Available | DescriptorFlags.Used : 0) | (used[i].Written > 0 ? DescriptorFlags.Write : 0);
            Span<byte> descriptor = Before(At(place.Place), Cell.SizeBytes);
            BinaryPrimitives.WriteUInt32LittleEndian(descriptor[8..], used[i].Written);
            BinaryPrimitives.WriteUInt16LittleEndian(descriptor[12..], used[i].Id);
            BinaryPrimitives.WriteUInt16LittleEndian(descriptor[14..], (ushort)flags);
            Show(used[i].Slots);
        }
    }

    private void Show(int slots)
    {
        _shown = Ahead(_shown, slots);
        _taken -= slots;
    }

    private ulong At(int place) => Setup.Descriptors.Value + (16UL * (ulong)place);

    private (int Place, bool Wrap) Ahead((int Place, bool Wrap) from, int slots)
    {
        int place = from.Place + slots;
        return (place % Size, (place / Size % 2 == 0) == from.Wrap);
    }

    private static DescriptorFlags Flags(bool available, bool used) =>
        (available ? DescriptorFlags.Available : 0) | (used ? DescriptorFlags.Used : 0);

    /// <summary>The bits of a slot whose turn comes within a round from there.</summary>
    private static DescriptorFlags AvailableFrom((int Place, bool Wrap) from, int slot)
    {
        bool wrap = slot >= from.Place ? from.Wrap : !from.Wrap;
        return Flags(wrap, !wrap);
    }

    private bool IsAvailable((int Place, bool Wrap) at)
    {
        Cell cell = Cells[at.Place];
        return cell.Is(DescriptorFlags.Available) == at.Wrap && cell.Is(DescriptorFlags.Used) != at.Wrap;
    }
}
