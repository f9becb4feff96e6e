using FastRing.Interop;
using FastRing.Memory;
using FastRing.Queues;
using FastRing.Spec;
using FastRing.Tests.Models.SmallScope;

namespace FastRing.Fuzz.Rings;

/// <summary>
/// A ring written raw, what its device ought to make of it, and the device. Each area ends where its region does, as far as its alignment allows: what is read behind it ends the process.
/// </summary>
internal abstract class RawRing
{
    private const int MostWrites = 24;

    /// <summary>Segments up to which a device takes chains together.</summary>
    private const int FewSegments = 64;

    private static readonly (ulong Address, int Length)[] s_windows =
        [(0, 0x1000), (ScopeMemory.Border - 0x100, 0x100), (ScopeMemory.Border, 0x100), (ScopeMemory.Hole - 0x800, 0x800), (ScopeMemory.RingAt, 0x1000), (ScopeMemory.Top + 0xff00, 0x100)];

    private readonly List<byte[]> _before = [.. s_windows.Select(window => new byte[window.Length])];
    private NaiveWalker _walker = null!;
    private int _segments;

    protected RawRing(ScopeMemory memory) => Memory = memory;

    public Virtqueue Queue { get; private set; } = null!;

    public ChainDirection Direction { get; private set; }

    public bool IsInOrder => (Features & VirtioFeatures.InOrder) != 0;

    protected ScopeMemory Memory { get; }

    protected ulong Features { get; private set; }

    protected VirtqueueSetup Setup { get; private set; }

    protected NaiveWalker Walker => _walker;

    /// <summary>The ring's descriptors, as they were when the device last began to look.</summary>
    protected Cell[] Cells { get; private set; } = [];

    protected int Size => Cells.Length;

    /// <summary>Zeroes the memory, and starts a device.</summary>
    /// <param name="size">Entries, about.</param>
    /// <param name="input">Where the rest is from.</param>
    public void Begin(int size, ref FuzzInput input)
    {
        foreach ((ulong address, int length) in s_windows)
        {
            Memory.Guest.Span(address, length).Clear();
        }

        byte features = input.Byte();
        Features = LayoutFeature
            | ((features & 1) == 0 ? VirtioFeatures.IndirectDescriptors : 0) | ((features & 2) != 0 ? VirtioFeatures.EventIndex : 0) | ((features & 4) != 0 ? VirtioFeatures.InOrder : 0);
        Direction = (ChainDirection)((features >> 3) % 3);
        Cells = new Cell[SizeOf(size)];
        _walker = new NaiveWalker(Memory, (Features & VirtioFeatures.IndirectDescriptors) != 0, Direction);
        (ulong driver, ulong device) = AreaBytes;
        Setup = new VirtqueueSetup(
            (uint)Size, new(ScopeMemory.Hole - (16UL * (ulong)Size)), new((0 - driver) & ~1UL), new((ScopeMemory.RingAt + 0x1000 - device) & ~3UL), Start(input.UInt16()), Features);
        VirtqueueError error = Virtqueue.TryCreate(Setup, Memory.Guest.Memory, out Virtqueue? queue);
        Queue = queue ?? throw new FindingException($"the ring was refused: {error}");
    }

    /// <summary>Does to memory what a driver could.</summary>
    public void Write(ref FuzzInput input, bool tables)
    {
        for (int i = 0; i < MostWrites && !input.IsEmpty; i++)
        {
            byte what = input.Byte();
            switch (what & 7)
            {
                case 0 when what < 0x80:
                    return;
                case 0:
                    Entry(FuzzCells.Tables[2] + (16UL * (ulong)(what >> 3 & 15)), FuzzCells.Take(ref input));
                    break;
                case 1 or 2 when !tables:
                    Put((what >> 3) % Size, ref input);
                    break;
                case 1 or 2:
                    Put((what >> 3) % Size, new Cell(FuzzCells.Tables[(what >> 4) & 3], 16U * input.Byte(), DescriptorFlags.Indirect, 0));
                    break;
                case 3 or 4 or 5:
                    Entry(FuzzCells.Tables[what & 3] + (16UL * (ulong)(what >> 3)), FuzzCells.Take(ref input));
                    break;
                case 6:
                    OfferGood(what >> 3);
                    break;
                default:
                    Offer(input.Byte());
                    break;
            }
        }
    }

    /// <summary>The device is about to look.</summary>
    public virtual void Expect(int atOnce)
    {
        _segments = 0;
        Span<byte> descriptors = Memory.Guest.Span(Setup.Descriptors.Value, Size * Cell.SizeBytes);
        for (int i = 0; i < Size; i++)
        {
            Cells[i] = Cell.Read(descriptors[(i * Cell.SizeBytes)..], IsPacked);
        }
    }

    /// <summary>Whether a chain is what comes next on the ring.</summary>
    public bool IsNext(in DescriptorChain chain, ReadOnlySpan<IoVector> segments)
    {
        Walked expected = WalkNext();
        bool isIt = expected.Errors == 0 && expected.IsAvailable
            && (chain.Id, chain.Slots, chain.Bytes, chain.Written) == (expected.Id, expected.Slots, expected.Bytes, 0U)
            && chain.WritableSegments == expected.Writable && chain.ReadableSegments == segments.Length - expected.Writable
            && segments.Length == expected.Segments.Count;
        for (int i = 0; isIt && i < segments.Length; i++)
        {
            isIt = segments[i].Address == Memory.Guest.Host(expected.Segments[i].Address) && segments[i].Length == expected.Segments[i].Length;
        }

        _segments += segments.Length;
        Advance(expected.Slots);
        return isIt;
    }

    /// <summary>Whether the device stopped where it should, and says why.</summary>
    public abstract bool IsRightToStop(int popped, int atOnce);

    public ulong WritableBytes(ReadOnlySpan<IoVector> segments)
    {
        ulong bytes = 0;
        foreach (IoVector segment in segments[^Walker.Result.Writable..])
        {
            bytes += segment.Length;
        }

        return bytes;
    }

    /// <summary>Remembers what memory is like.</summary>
    public void Snapshot()
    {
        for (int i = 0; i < s_windows.Length; i++)
        {
            Memory.Guest.Span(s_windows[i].Address, s_windows[i].Length).CopyTo(_before[i]);
        }
    }

    /// <summary>Whether nothing was written since the snapshot but that these chains are used, in that order; where nothing was shown, what is not shown may have been written.</summary>
    public bool ShowsOnly(ReadOnlySpan<DescriptorChain> used, bool shown)
    {
        ExpectUsed(used, shown);
        bool same = true;
        for (int i = 0; i < s_windows.Length; i++)
        {
            same &= Memory.Guest.Span(s_windows[i].Address, s_windows[i].Length).SequenceEqual(_before[i]);
        }

        return same;
    }

    public override string ToString()
    {
        Walked next = WalkNext();
        return $"{Queue.Error}, base {Queue.Base:x}, features {Features:x}, {Direction}; {string.Join(" ", Cells)}; next: available {next.IsAvailable}, errors {next.Errors:x}, {next.Segments.Count} segments, {next.Slots} slots";
    }

    protected abstract bool IsPacked { get; }

    protected abstract ulong LayoutFeature { get; }

    /// <summary>Bytes of the driver area and of the device area.</summary>
    protected abstract (ulong Driver, ulong Device) AreaBytes { get; }

    protected abstract int SizeOf(int wanted);

    /// <summary>Has the device begin anywhere.</summary>
    /// <returns>What it is told.</returns>
    protected abstract uint Start(ushort anywhere);

    protected abstract void Put(int slot, ref FuzzInput input);

    /// <summary>Writes a descriptor so that it is the device's, when its turn comes.</summary>
    protected abstract void Put(int slot, Cell cell);

    protected abstract void Offer(byte what);

    /// <summary>Makes a chain available that nobody can object to.</summary>
    protected abstract void OfferGood(int which);

    protected abstract Walked WalkNext();

    protected abstract void Advance(int slots);

    /// <summary>Writes into the snapshot what should be there.</summary>
    protected abstract void ExpectUsed(ReadOnlySpan<DescriptorChain> used, bool shown);

    protected void Put(int slot, Cell cell, DescriptorFlags whose) =>
        (cell with { Flags = cell.Flags | whose }).Write(Memory.Guest.Span(Setup.Descriptors.Value + (16UL * (ulong)slot), Cell.SizeBytes), IsPacked);

    /// <summary>A chain that is longer than most is taken alone.</summary>
    protected bool IsTooLongBehind(int popped) => popped > 0 && _segments + WalkNext().Segments.Count > FewSegments;

    /// <summary>Where the snapshot has the byte at an address.</summary>
    protected Span<byte> Before(ulong address, int length)
    {
        int window = Array.FindIndex(s_windows, w => address >= w.Address && address - w.Address < (ulong)w.Length);
        return _before[window].AsSpan((int)(address - s_windows[window].Address), length);
    }

    /// <summary>Takes over into the snapshot what is there now.</summary>
    protected void Allow(ulong address, int length) => Memory.Guest.Span(address, length).CopyTo(Before(address, length));

    private void Entry(ulong address, Cell cell)
    {
        Span<byte> bytes = stackalloc byte[Cell.SizeBytes];
        cell.Write(bytes, IsPacked);
        if (ScopeMemory.TryCut(address, Cell.SizeBytes, []))
        {
            Memory.Guest.Write(address, bytes);
        }
    }
}
