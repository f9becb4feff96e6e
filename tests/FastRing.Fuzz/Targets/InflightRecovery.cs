using System.Runtime.InteropServices;
using FastRing.Interop;
using FastRing.Memory;
using FastRing.Queues;
using FastRing.Spec;

namespace FastRing.Fuzz.Targets;

/// <summary>
/// A device whose process ends before any store, over a region that outlives it. Oracle: whatever the moment, each chain of the driver's is done and comes back, once. Of a region that
/// somebody has written to: a queue or a named error, which comes to an end and stays within guest memory.
/// </summary>
internal sealed class InflightRecovery : FuzzTarget
{
    private const int MostSteps = 100;
    private const ushort MostEntries = 16;
    private const ulong SlotBytes = 0x80;
    private const ulong Slots = 64;
    private const ulong RingAt = 0x1_0000;

    private static readonly ulong[] s_hostile =
        [0, 1, 8, 9, 0x7fff, 0x8000, 0xffff, 0x1_0000, 0xffff_ffff, ulong.MaxValue / 2, ulong.MaxValue, 0x0008_0008_0008_0001, 0x0001_0001_0001_0001, 0xffff_ffff_ffff_0001, 0x0003_0002_0001_0001, 0x0008_0001];

    private readonly TestGuest _guest = new((0, 0x4000), (RingAt, 0x1000));
    private readonly OwnedFd _file = MemFd.Create("inflight", (ulong)InflightRegion.BytesFor(MostEntries));
    private readonly MappedRegion _mapping;
    private readonly List<(DescriptorChain Chain, ulong Number, IoVector Answer)> _held = [];
    private readonly HashSet<ulong> _out = [];
    private readonly DescriptorChain[] _chains = new DescriptorChain[MostEntries];
    private readonly IoVector[] _segments = new IoVector[128];
    private readonly ChainBatch _none = new(1, ChainDirection.Both);
    private VirtqueueSetup _setup;
    private RecoveryArea _region = null!;
    private DriverVirtqueue _driver = null!;
    private Virtqueue _device = null!;
    private ulong _added;
    private int _left;
    private bool _inOrder;

    public InflightRecovery() => _mapping = MappedRegion.Map(_file, 0, (ulong)InflightRegion.BytesFor(MostEntries));

    public override string Name => "inflight";

    public override void Run(ReadOnlySpan<byte> bytes)
    {
        var input = new FuzzInput(bytes);
        byte kind = input.Byte();
        Begin(kind);
        for (int i = 0; i < MostSteps && !input.IsEmpty; i++)
        {
            byte what = input.Byte();
            if ((what & 7) == 7 && (what & 0x80) != 0)
            {
                Forge(ref input);
                return;
            }

            Guard(what);
        }

        _left = int.MaxValue;
        for (int i = 0; i < 40 && _out.Count > 0; i++)
        {
            Guard(0x79);
            Guard(0x7a);
            Guard(0x03);
            Guard(0x04);
        }

        Must(_out.Count == 0, "every chain came back");
        Must(_device.Error == VirtqueueError.None && !_driver.IsBroken);
    }

    public override void Dispose()
    {
        _mapping.Dispose();
        _file.Dispose();
        _guest.Dispose();
        base.Dispose();
    }

    private void Begin(byte kind)
    {
        ulong features = ((kind & 1) != 0 ? VirtioFeatures.RingPacked : 0) | ((kind & 2) != 0 ? VirtioFeatures.InOrder : 0);
        _inOrder = (kind & 6) != 0;
        ushort size = (ushort)(2 << ((kind >> 3) & 3));
        new IoVector(_mapping.Address, (nuint)_mapping.SizeBytes).Span.Clear();
        _guest.Clear();
        _setup = RingSetup.At(new(RingAt), size, features);
        _driver = DriverVirtqueue.Create(_guest.Memory, new(RingAt), size, features);
        _out.Clear();
        _added = 0;
        _left = int.MaxValue;
        Start();
    }

    /// <summary>Processes begin until one is there.</summary>
    private void Start()
    {
        while (true)
        {
            try
            {
                VirtqueueError error = TryStart(CountDown);
                Must(error == VirtqueueError.None, "a region of its own is taken");
                return;
            }
            catch (KilledException)
            {
                Reach("killed while it began");
            }
        }
    }

    private VirtqueueError TryStart(Action? storing)
    {
        _held.Clear();
        _region = new RecoveryArea(_mapping, 0, InflightRegion.BytesFor(_setup.Size)) { Storing = storing };
        VirtqueueError error = Virtqueue.TryCreate(_setup with { Inflight = _region }, _guest.Memory, out Virtqueue? device);
        _device = device!;
        return error;
    }

    private void CountDown()
    {
        if (_left-- == 0)
        {
            _left = int.MaxValue;
            throw new KilledException();
        }
    }

    private void Guard(byte what)
    {
        try
        {
            Step(what);
        }
        catch (KilledException)
        {
            Reach("killed");
            Start();
        }
    }

    private void Step(byte what)
    {
        int count = 1 + (what >> 3);
        switch (what & 7)
        {
            case 0: Add(count & 7); break;
            case 1: Pop(count); break;
            case 2: Complete(what >> 3); break;
            case 3: _device.Publish(); break;
            case 4: Take(); break;
            case 5 or 6: _left = what >> 3; break;
            case 7 when (what & 0x40) != 0 && _inOrder: PutBack(); break;
            default:
                _device.Publish();
                _device.Leave();
                Start();
                Reach("left");
                break;
        }
    }

    private void Add(int chains)
    {
        for (int i = 0; i < chains; i++)
        {
            ulong number = _added + 1;
            ulong slot = number % Slots * SlotBytes;
            ReadOnlySpan<DriverBuffer> readable = [new(new(slot), 8), new(new(slot + 16), 8)];
            if (_out.Contains(number - Slots) || !_driver.TryAdd(readable[..(1 + (i & 1))], [new(new(slot + 0x40), 8)], number))
            {
                break;
            }

            _guest.Write64(slot, number);
            _guest.Write64(slot + 0x40, 0);
            _added = number;
            _out.Add(number);
        }

        _driver.Publish();
    }

    private void Pop(int most)
    {
        int segments = 0;
        int room = Math.Clamp((int)_setup.Size - _held.Count, 0, Math.Min(most, MostEntries));
        int popped = _device.PopBatch(_chains.AsSpan(0, room), _segments, ref segments, ChainDirection.Both);
        Must(_device.Error == VirtqueueError.None);
        foreach (DescriptorChain chain in _chains.AsSpan(0, popped))
        {
            ulong number = MemoryMarshal.Read<ulong>(_segments[chain.FirstSegment].Span);
            Must(_out.Contains(number) && !_held.Exists(held => held.Number == number), "what is popped is out, and not here already");
            Must(_held.Count == 0 || _held[^1].Number < number || !_inOrder, "in order, they come in order");
            _held.Add((chain, number, _segments[chain.FirstSegment + chain.ReadableSegments]));
        }
    }

    /// <summary>The oldest, where it is done in order; else any.</summary>
    private void Complete(int which)
    {
        var done = new List<DescriptorChain>();
        for (int i = 0; i < _held.Count;)
        {
            if (_inOrder ? done.Count < (which & 7) : (which >> (done.Count + i) % 5 & 1) != 0)
            {
                (DescriptorChain chain, ulong number, IoVector answer) = _held[i];
                MemoryMarshal.Write(answer.Span, number);
                chain.Written = 8;
                done.Add(chain);
                _held.RemoveAt(i);
                continue;
            }

            i++;
        }

        _device.Complete(CollectionsMarshal.AsSpan(done));
    }

    /// <summary>What it holds comes again, and nothing else. A device that completes in any order does not do so.</summary>
    private void PutBack()
    {
        _held.Clear();
        _device.PutBack(_none);
        Reach("put back");
    }

    private void Take()
    {
        while (_driver.TryTakeUsed(out UsedBuffer used))
        {
            Must(_out.Remove(used.Token), "a chain comes back once");
            Must(_guest.Read64((used.Token % Slots * SlotBytes) + 0x40) == used.Token && used.Written == 8, "what comes back was done");
            Reach("came back");
        }
    }

    /// <summary>Somebody writes to the region, and another process begins.</summary>
    private void Forge(ref FuzzInput input)
    {
        int words = InflightRegion.BytesFor(_setup.Size) / sizeof(ulong);
        _region.Storing = null;
        for (int i = 0; i < 16 && !input.IsEmpty; i++)
        {
            int at = input.Byte() % words * sizeof(ulong);
            byte how = input.Byte();
            ulong value = (how & 0xe0) switch
            {
                0 => s_hostile[how & 15],
                0x20 => (how & 15UL) * 0x0001_0001_0001_0001,
                0x40 => _region.Load(at) ^ (1UL << (input.Byte() & 63)),
                0x60 => _region.Load(at) + (how & 15UL),
                _ => input.UInt64(),
            };
            _region.Store(at, value);
        }

        VirtqueueError error = TryStart(null);
        Must(error is VirtqueueError.None or VirtqueueError.BadInflightRegion or VirtqueueError.InflightMismatch);
        Reach($"forged: {error}");
        UseUp();
    }

    private void UseUp()
    {
        var batch = new ChainBatch(16, ChainDirection.Both);
        for (int i = 0; _device is not null && i < 8 && _device.Pop(batch) > 0; i++)
        {
            foreach (IoVector segment in batch.Segments)
            {
                Must(_guest.Contains(segment));
            }

            _device.Complete(batch, (batch.Count + 1) / 2);
            _device.Publish();
            _device.PutBack(batch);
        }

        _device?.Leave();
    }
}
