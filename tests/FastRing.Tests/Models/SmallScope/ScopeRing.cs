using System.Buffers.Binary;
using FastRing.Interop;
using FastRing.Queues;
using FastRing.Spec;
using Xunit;

namespace FastRing.Tests.Models.SmallScope;

/// <summary>A ring of a few descriptors, written raw, and a device that is shown them: it takes the chain in each of the two ways, and gives it back.</summary>
internal sealed class ScopeRing : IDisposable
{
    private const int AreaBytes = 0x400;

    private readonly ScopeMemory _memory = new();
    private readonly VirtqueueSetup _setup;
    private readonly NaiveWalker _walker;
    private readonly bool _packed;
    private readonly ChainDirection _direction;
    private readonly DescriptorChain[] _chains = new DescriptorChain[1];
    private readonly IoVector[] _segments = new IoVector[16];
    private readonly byte[] _before = new byte[AreaBytes];
    private readonly byte[] _after = new byte[AreaBytes];
    private readonly ChainBatch _batch;
    private readonly Cell[] _cells;

    public ScopeRing(int size, bool packed, bool indirect, ChainDirection direction)
    {
        ulong features = (packed ? VirtioFeatures.RingPacked : 0) | (indirect ? VirtioFeatures.IndirectDescriptors : 0);
        RingLayout layout = RingLayout.At(new(ScopeMemory.RingAt), (ushort)size, features);
        Assert.True(layout.End.Value <= ScopeMemory.RingAt + AreaBytes);
        _setup = new VirtqueueSetup((uint)size, layout.Descriptors, layout.Driver, layout.Device, 0, features);
        _walker = new NaiveWalker(_memory, indirect, direction);
        _packed = packed;
        _direction = direction;
        _cells = new Cell[size];
        _batch = new ChainBatch(1, direction);

        // One readable and one writable byte, where the alphabets have tables.
        Table(0, new Cell(8, 1, DescriptorFlags.Next, 1), new Cell(9, 1, DescriptorFlags.Write, 0));
        Table(ScopeMemory.Border - 1, new Cell(8, 1, DescriptorFlags.Next, 1), new Cell(9, 1, DescriptorFlags.Write, 0));
    }

    /// <summary>Each ring is shown to a device that has seen none and to one that has, and taken in both ways by both; else each way by one, which changes from ring to ring.</summary>
    public bool InEveryWay { get; init; }

    /// <summary>Rings shown to the device so far, and how many of them broke it.</summary>
    public long Shown { get; private set; }

    public long Broke { get; private set; }

    /// <summary>Descriptor <paramref name="index"/> of the ring.</summary>
    public void Put(int index, Cell cell)
    {
        _cells[index] = cell;
        cell.Write(_memory.Guest.Span(_setup.Descriptors.Value + (ulong)(index * Cell.SizeBytes), Cell.SizeBytes), _packed);
    }

    /// <summary>Puts every letter at every place, in all combinations, and does something about each.</summary>
    public void ForEach(Cell[] letters, Action act, int from = 0)
    {
        if (from == _cells.Length)
        {
            act();
            return;
        }

        foreach (Cell letter in letters)
        {
            Put(from, letter);
            ForEach(letters, act, from + 1);
        }
    }

    /// <summary>A table of two entries.</summary>
    public void Table(ulong address, Cell first, Cell second)
    {
        var bytes = new byte[2 * Cell.SizeBytes];
        first.Write(bytes, _packed);
        second.Write(bytes.AsSpan(Cell.SizeBytes), _packed);
        _memory.Guest.Write(address, bytes);
    }

    /// <summary>Makes <paramref name="head"/> available on a split ring, and compares what the device makes of it.</summary>
    public void TrySplit(ushort head)
    {
        _memory.Guest.Write16(_setup.Driver.Value + 2, 1);
        _memory.Guest.Write16(_setup.Driver.Value + 4, head);
        _walker.Split(_cells, head);
        Try(0, place: 0, default);
    }

    /// <summary>Lets the device begin at a place of a packed ring, and compares what it makes of it.</summary>
    public void TryPacked(int place, bool wrap)
    {
        // A frontend that says 0 may mean a fresh ring: wrap counter 1, unless something was used before.
        bool isFresh = place == 0 && !wrap && !_cells.Any(cell => cell.Is(DescriptorFlags.Used));
        _walker.Packed(_cells, place, wrap || isFresh);
        uint half = (uint)place | (wrap ? 0x8000U : 0);
        Try(half | (half << 16), place, wrap || isFresh ? DescriptorFlags.Available : DescriptorFlags.Used);
    }

    public void Dispose() => _memory.Dispose();

    private void Try(uint @base, int place, DescriptorFlags available)
    {
        uint from = _packed ? (uint)place | (available == DescriptorFlags.Available ? 0x8000U : 0) : 0;
        bool inBatch = (Shown & 2) == 0;
        Take(Start(@base), from, inBatch);
        Take(Started(@base, place, available), from, !inBatch);
        if (InEveryWay)
        {
            Take(Start(@base), from, !inBatch);
            Take(Started(@base, place, available), from, inBatch);
        }
    }

    private Virtqueue Start(uint @base)
    {
        VirtqueueError refused = Virtqueue.TryCreate(_setup with { Base = @base }, _memory.Guest.Memory, out Virtqueue? queue);
        Assert.Equal(VirtqueueError.None, refused);
        return queue!;
    }

    /// <summary>A device that has seen a good buffer in the region at 0 and put it back: it remembers where that lies, and takes its short ways.</summary>
    private Virtqueue Started(uint @base, int place, DescriptorFlags available)
    {
        ulong head = _setup.Driver.Value + 4;
        ushort offered = _packed ? (ushort)0 : _memory.Guest.Read16(head);
        if (!_packed)
        {
            _memory.Guest.Write16(head, 0);
        }

        Cell mine = _cells[place];
        Put(place, new Cell(16, 1, available | (_direction == ChainDirection.Writable ? DescriptorFlags.Write : 0), 0));
        Virtqueue queue = Start(@base);
        int segments = 0;
        Assert.Equal(1, queue.PopBatch(_chains, _segments, ref segments, _direction));
        Assert.Equal(1, segments);
        queue.PutBack(new ChainBatch(1, _direction));
        Put(place, mine);
        if (!_packed)
        {
            _memory.Guest.Write16(head, offered);
        }

        return queue;
    }

    /// <summary>Pops a chain in one of the two ways, gives it back and shows it; the ring is as before when this returns.</summary>
    private void Take(Virtqueue queue, uint from, bool inBatch)
    {
        Span<byte> ring = _memory.Guest.Span(ScopeMemory.RingAt, AreaBytes);
        ring.CopyTo(_before);
        _batch.Clear();
        int segments = 0;
        int popped = inBatch ? queue.Pop(_batch) : queue.PopBatch(_chains, _segments, ref segments, _direction);
        segments = inBatch ? _batch.Segments.Length : segments;
        ReadOnlySpan<IoVector> seen = inBatch ? _batch.Segments : _segments.AsSpan(0, segments);
        ref DescriptorChain chain = ref inBatch && popped > 0 ? ref _batch[0] : ref _chains[0];
        Shown++;
        Broke += queue.Error != VirtqueueError.None ? 1 : 0;
        Check(IsAsExpected(queue.Error, popped, seen, chain) && ring.SequenceEqual(_before) && Position(queue) == from, queue, popped, segments);
        if (popped > 0)
        {
            chain.Written = WritableBytes(seen);
            Expect(from, chain.Written, ring);
            Complete(queue, inBatch);
        }

        bool isShown = queue.Publish();
        uint to = popped > 0 ? After(from) : from;
        Check(isShown == popped > 0 && ring.SequenceEqual(popped > 0 ? _after : _before) && Position(queue) == to, queue, popped, segments);
        _before.CopyTo(ring);
    }

    private void Complete(Virtqueue queue, bool inBatch)
    {
        if (inBatch)
        {
            queue.Complete(_batch, 1);
        }
        else
        {
            queue.Complete(_chains);
        }
    }

    private static uint Position(Virtqueue queue) => (ushort)queue.Base;

    /// <summary>All that the device may write: one used element, and on a split ring the index behind it.</summary>
    private void Expect(uint from, uint written, ReadOnlySpan<byte> before)
    {
        before.CopyTo(_after);
        Walked chain = _walker.Result;
        if (_packed)
        {
            Span<byte> descriptor = _after.AsSpan((int)(_setup.Descriptors.Value - ScopeMemory.RingAt) + ((int)(from & 0x7fff) * Cell.SizeBytes) + 8);
            DescriptorFlags used = (from & 0x8000) != 0 ? DescriptorFlags.Available | DescriptorFlags.Used : 0;
            BinaryPrimitives.WriteUInt32LittleEndian(descriptor, written);
            BinaryPrimitives.WriteUInt16LittleEndian(descriptor[4..], chain.Id);
            BinaryPrimitives.WriteUInt16LittleEndian(descriptor[6..], (ushort)(used | (written > 0 ? DescriptorFlags.Write : 0)));
            return;
        }

        Span<byte> device = _after.AsSpan((int)(_setup.Device.Value - ScopeMemory.RingAt));
        BinaryPrimitives.WriteUInt16LittleEndian(device[2..], 1);
        BinaryPrimitives.WriteUInt32LittleEndian(device[4..], chain.Id);
        BinaryPrimitives.WriteUInt32LittleEndian(device[8..], written);
    }

    /// <summary>Where the device goes on behind a chain.</summary>
    private uint After(uint from)
    {
        if (!_packed)
        {
            return from + 1;
        }

        uint place = (from & 0x7fff) + _walker.Result.Slots;
        return place < _cells.Length ? (from & 0x8000) | place : (from ^ 0x8000) & 0x8000 | (place - (uint)_cells.Length);
    }

    private uint WritableBytes(ReadOnlySpan<IoVector> segments)
    {
        ulong bytes = 0;
        foreach (IoVector segment in segments[^_walker.Result.Writable..])
        {
            bytes += segment.Length;
        }

        return (uint)bytes;
    }

    private bool IsAsExpected(VirtqueueError error, int popped, ReadOnlySpan<IoVector> segments, in DescriptorChain chain)
    {
        Walked expected = _walker.Result;
        if (expected.Errors != 0 || !expected.IsAvailable)
        {
            bool named = expected.IsAvailable ? expected.Allows(error) : error == VirtqueueError.None;
            return named && popped == 0 && segments.IsEmpty;
        }

        return error == VirtqueueError.None && popped == 1
            && (chain.Id, chain.Slots, chain.Bytes, chain.Written) == (expected.Id, expected.Slots, expected.Bytes, 0U)
            && chain.WritableSegments == expected.Writable && chain.ReadableSegments == segments.Length - expected.Writable
            && AreSegments(expected.Segments, segments);
    }

    private bool AreSegments(List<(ulong Address, ulong Length)> expected, ReadOnlySpan<IoVector> segments)
    {
        if (segments.Length != expected.Count)
        {
            return false;
        }

        for (int i = 0; i < segments.Length; i++)
        {
            if (segments[i].Address != _memory.Guest.Host(expected[i].Address) || segments[i].Length != expected[i].Length)
            {
                return false;
            }
        }

        return true;
    }

    private void Check(bool isAsExpected, Virtqueue queue, int popped, int segments)
    {
        if (!isAsExpected)
        {
            Assert.Fail($"{string.Join(", ", _cells)}: {popped} popped, {segments} segments, {queue.Error}, at {queue.Base:x}; "
                + $"expected errors {_walker.Result.Errors:x}, segments {string.Join(", ", _walker.Result.Segments)}");
        }
    }
}
