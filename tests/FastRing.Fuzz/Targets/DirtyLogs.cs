using System.Collections;
using FastRing.Interop;
using FastRing.Memory;
using FastRing.Queues;
using FastRing.Spec;

namespace FastRing.Fuzz.Targets;

/// <summary>
/// A device whose writes are marked. Oracle: a page that differs after anything the device did is marked, and none is that it could not have written to; for ranges from anywhere,
/// the bits that the specification has (vhost-user, "Migration").
/// </summary>
internal sealed class DirtyLogs : FuzzTarget
{
    private const int Page = (int)DirtyLog.PageBytes;
    private const int LogBytes = 4096;
    private const int MostSteps = 60;
    private const ulong RingAt = 0x20_0000;
    private const int RingBytes = 0x2000;

    /// <summary>What is looked at, page by page: buffers, and the ring.</summary>
    private static readonly (ulong Address, int Bytes)[] s_regions = [(0x1_0000, 4 * Page), (0x1_0000 + (4 * Page), 2 * Page), (RingAt, RingBytes)];

    private static readonly uint[] s_lengths = [1, 2, 16, 0x800, 0xfff, 0x1000, 0x1001, 0x2000];

    private readonly TestGuest _guest = new([.. s_regions.Select(region => (region.Address, (ulong)region.Bytes))]);
    private readonly OwnedFd _file = MemFd.Create("log", LogBytes);
    private readonly MappedRegion _bits;
    private readonly DirtyLog _log;
    private readonly byte[] _before = new byte[s_regions.Sum(region => region.Bytes)];
    private readonly BitArray _expected = new(LogBytes * 8);
    private readonly BitArray _allowed = new(LogBytes * 8);
    private readonly ChainBatch _batch = new(32, ChainDirection.Both);
    private DriverVirtqueue _driver = null!;
    private Virtqueue _device = null!;
    private bool _logsBuffers;
    private bool _logsRing;
    private bool _isInOrder;
    private bool _mayOwe; // In order, an element that was kept back is written with a later one, and marked when it is shown.
    private readonly HashSet<int> _owed = [];

    public DirtyLogs()
    {
        _bits = MappedRegion.Map(_file, 0, LogBytes);
        _log = DirtyLog.Map(_file, 0, LogBytes);
    }

    public override string Name => "dirty-log";

    private Span<byte> Bits => new IoVector(_bits.Address, LogBytes).Span;

    public override void Run(ReadOnlySpan<byte> bytes)
    {
        var input = new FuzzInput(bytes);
        byte kind = input.Byte();
        Bits.Clear();
        _expected.SetAll(false);
        _allowed.SetAll(false);
        if ((kind & 1) != 0)
        {
            MarkAnything(ref input);
            return;
        }

        Begin(kind, input.Byte());
        Advance((kind & 128) != 0 ? input.Byte() : 0);
        for (int i = 0; i < MostSteps && !input.IsEmpty; i++)
        {
            Step(ref input);
            Compare();
        }
    }

    public override void Dispose()
    {
        _log.Dispose();
        _bits.Dispose();
        _file.Dispose();
        _guest.Dispose();
        base.Dispose();
    }

    private void MarkAnything(ref FuzzInput input)
    {
        for (int i = 0; i < 8 && !input.IsEmpty; i++)
        {
            byte how = input.Byte();
            ulong address = (how & 1) != 0 ? input.UInt64() : (ulong)input.UInt16() << (how >> 4);
            ulong length = (how & 2) != 0 ? input.UInt64() : (ulong)input.UInt16() << (how >> 4);
            Must(_log.Covers(new(address), length) == ((UInt128)address + length <= _log.End));
            _log.Mark(new GuestAddress(address), length);
            Expect(_expected, address, length);
        }

        byte[] expected = new byte[LogBytes];
        _expected.CopyTo(expected, 0);
        Must(Bits.SequenceEqual(expected), "the bits are those of the pages");
        Reach("anything");
    }

    private static void Expect(BitArray bits, ulong address, ulong length)
    {
        UInt128 end = (UInt128)address + length;
        for (UInt128 page = address / (ulong)Page; length > 0 && page * (ulong)Page < end && page < (ulong)bits.Length; page++)
        {
            bits[(int)page] = true;
        }
    }

    private void Begin(byte kind, byte logs)
    {
        ulong features = ((kind & 2) != 0 ? VirtioFeatures.RingPacked : 0) | ((kind & 4) != 0 ? VirtioFeatures.EventIndex : 0)
            | ((kind & 8) != 0 ? VirtioFeatures.InOrder : 0) | ((kind & 16) != 0 ? VirtioFeatures.IndirectDescriptors : 0);
        ushort size = (ushort)((kind & 32) != 0 ? 128 : 4);
        (_logsBuffers, _logsRing) = ((logs & 1) == 0, (logs & 2) == 0);
        (_isInOrder, _mayOwe) = ((kind & 8) != 0, false);
        _owed.Clear();
        _guest.Clear();
        _batch.Clear();
        ulong ringAt = RingAt + ((kind & 64) == 0 ? 0x480UL : 0x880UL); // A border between pages goes through the used ring, or through the descriptors.
        VirtqueueSetup setup = RingSetup.At(new(ringAt), size, features);
        _driver = DriverVirtqueue.Create(_guest.Memory, new(ringAt), size, features, (features & VirtioFeatures.IndirectDescriptors) != 0 && size == 4 ? 4 : 0);
        setup = setup with { Log = new RingLog(_log, _guest.Memory, _logsBuffers, _logsRing ? setup.Device : null) };
        VirtqueueError error = Virtqueue.TryCreate(setup, _guest.Memory, out Virtqueue? device);
        Must(error == VirtqueueError.None);
        _device = device!;
        if (_logsRing)
        {
            Expect(_allowed, setup.Device.Value, (kind & 2) != 0 ? 4UL : 6 + (8UL * size));
            Expect(_allowed, setup.Descriptors.Value, (kind & 2) != 0 ? 16UL * size : 0);
        }
    }

    /// <summary>So many chains went round before anybody looked: the border between pages may be anywhere from there.</summary>
    private void Advance(int chains)
    {
        for (int i = 0; i < chains; i++)
        {
            _driver.TryAdd([new DriverBuffer(new(0x1_0000), 8)], [], 0);
            _driver.Publish();
            _device.Pop(_batch);
            _device.Complete(_batch, 1);
            _device.Publish();
            Must(_driver.TryTakeUsed(out _));
        }

        Bits.Clear();
    }

    private void Step(ref FuzzInput input)
    {
        byte what = input.Byte();
        switch (what & 7)
        {
            case 0 or 1:
                Add(ref input, what >> 3);
                Remember();
                break;
            case 2:
                Remember();
                _device.Pop(_batch);
                break;
            case 3 or 4:
                Remember();
                Complete(1 + (what >> 6), input.UInt16());
                break;
            case 5:
                Remember();
                _device.Publish();
                _mayOwe = false;
                break;
            case 6:
                Remember();
                Touch(what >> 3);
                break;
            default:
                Remember();
                _ = (what & 8) != 0 ? _device.EnableNotifications() : Suppress();
                break;
        }
    }

    private bool Suppress()
    {
        _device.SuppressNotifications();
        return false;
    }

    private void Add(ref FuzzInput input, int pieces)
    {
        while (_driver.TryTakeUsed(out _))
        {
        }

        Span<DriverBuffer> writable = stackalloc DriverBuffer[1 + (pieces & 3)];
        foreach (ref DriverBuffer buffer in writable)
        {
            ushort at = input.UInt16();
            uint length = s_lengths[input.Byte() & 7];
            buffer = new DriverBuffer(new(0x1_0000 + Math.Min(at % 0x6000UL, 0x6000UL - length)), length);
        }

        DriverBuffer readable = new(new(0x1_0000), 8);
        _driver.TryAdd((pieces & 4) != 0 ? [readable] : [], writable, 0);
        _driver.Publish();
    }

    /// <summary>Writes to the front of the writable buffers, as much as it says.</summary>
    private void Complete(int count, uint most)
    {
        for (int i = 0; i < count && _batch.Count > 0; i++)
        {
            ref DescriptorChain chain = ref _batch[0];
            uint written = 0;
            foreach (IoVector segment in _batch.SegmentsOf(0)[chain.ReadableSegments..])
            {
                uint length = (uint)Math.Min(segment.Length, most - written);
                if (length > 0)
                {
                    Scribble(segment.Slice(0, length));
                }

                written += length;
            }

            chain.Written = written;
            _device.Complete(_batch, 1);
            _mayOwe = _isInOrder;
            Reach(written > 0 ? "written" : "not written");
        }
    }

    private void Touch(int bytes)
    {
        if (_batch.Count > 0 && _batch.SegmentsOf(0) is { Length: > 0 } segments && _batch[0].WritableSegments > 0)
        {
            IoVector last = segments[^1].Slice(0, (nuint)Math.Min(segments[^1].Length, (uint)bytes + 1));
            Scribble(last);
            _device.NoteTouched([last]);
            Reach("touched");
        }
    }

    private void Scribble(IoVector bytes)
    {
        foreach (ref byte b in bytes.Span)
        {
            b++;
        }

        if (_logsBuffers && _guest.Memory.TryToGuest(bytes.Address, out GuestAddress guest))
        {
            Expect(_allowed, guest.Value, bytes.Length);
        }
    }

    private void Remember()
    {
        int at = 0;
        foreach ((ulong address, int length) in s_regions)
        {
            _guest.Span(address, length).CopyTo(_before.AsSpan(at));
            at += length;
        }
    }

    private void Compare()
    {
        int at = 0;
        foreach ((ulong address, int length) in s_regions)
        {
            bool isLogged = address == RingAt ? _logsRing : _logsBuffers;
            for (int offset = 0; offset < length; offset += Page, at += Page)
            {
                int page = (int)((address + (ulong)offset) / (ulong)Page);
                bool differs = !_guest.Span(address + (ulong)offset, Page).SequenceEqual(_before.AsSpan(at, Page));
                bool isMarked = (Bits[page / 8] & (1 << (page % 8))) != 0;
                Must(isMarked || !differs || !isLogged || (address == RingAt && _mayOwe), "what was written is marked");
                _ = isMarked ? _owed.Remove(page) : differs && isLogged && _owed.Add(page);
                Must(!isMarked || _allowed[page], "what could not be written is not marked");
                Bits[page / 8] &= (byte)~(1 << (page % 8));
            }
        }

        Must(!Bits.ContainsAnyExcept((byte)0), "nothing else is marked");
        Must(_mayOwe || _owed.Count == 0, "what was written is marked when it is shown");
    }
}
