using FastRing.Interop;
using FastRing.Queues;
using FastRing.Spec;
using Xunit;

namespace FastRing.Tests.Models.SmallScope;

/// <summary>A ring of a few descriptors, written raw, and a device that is shown them.</summary>
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

        // One readable and one writable byte, where the alphabets have tables.
        Table(0, new Cell(8, 1, DescriptorFlags.Next, 1), new Cell(9, 1, DescriptorFlags.Write, 0));
        Table(ScopeMemory.Border - 1, new Cell(8, 1, DescriptorFlags.Next, 1), new Cell(9, 1, DescriptorFlags.Write, 0));
    }

    /// <summary>Rings shown to the device so far, and how many of them broke it.</summary>
    public long Shown { get; private set; }

    public long Broke { get; private set; }

    /// <summary>Descriptor <paramref name="index"/> of the ring.</summary>
    public void Put(int index, Cell cell)
    {
        _cells[index] = cell;
        cell.Write(_memory.Guest.Span(_setup.Descriptors.Value + (ulong)(index * Cell.SizeBytes), Cell.SizeBytes), _packed);
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
        Pop(Start(@base));
        Pop(Started(@base, place, available));
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

    private void Pop(Virtqueue queue)
    {
        Span<byte> ring = _memory.Guest.Span(ScopeMemory.RingAt, AreaBytes);
        ring.CopyTo(_before);
        int segments = 0;
        int popped = queue.PopBatch(_chains, _segments, ref segments, _direction);
        Shown++;
        Broke += queue.Error != VirtqueueError.None ? 1 : 0;
        if (!IsAsExpected(queue.Error, popped, segments) || !ring.SequenceEqual(_before))
        {
            Assert.Fail($"{string.Join(", ", _cells)}: {popped} popped, {segments} segments, {queue.Error}; "
                + $"expected errors {_walker.Result.Errors:x}, segments {string.Join(", ", _walker.Result.Segments)}");
        }
    }

    private bool IsAsExpected(VirtqueueError error, int popped, int segments)
    {
        Walked expected = _walker.Result;
        if (expected.Errors != 0 || !expected.IsAvailable)
        {
            bool named = expected.IsAvailable ? expected.Allows(error) : error == VirtqueueError.None;
            return named && popped == 0 && segments == 0;
        }

        ref readonly DescriptorChain chain = ref _chains[0];
        return error == VirtqueueError.None && popped == 1 && segments == expected.Segments.Count
            && (chain.Id, chain.Slots, chain.Bytes, chain.Written) == (expected.Id, expected.Slots, expected.Bytes, 0U)
            && chain.WritableSegments == expected.Writable && chain.ReadableSegments == segments - expected.Writable
            && AreSegments(expected.Segments);
    }

    private bool AreSegments(List<(ulong Address, ulong Length)> expected)
    {
        for (int i = 0; i < expected.Count; i++)
        {
            if (_segments[i].Address != _memory.Guest.Host(expected[i].Address) || _segments[i].Length != expected[i].Length)
            {
                return false;
            }
        }

        return true;
    }
}
