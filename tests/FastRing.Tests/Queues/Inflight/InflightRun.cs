using System.Runtime.InteropServices;
using FastRing.Interop;
using FastRing.Queues;
using Xunit;

namespace FastRing.Tests.Queues.Inflight;

/// <summary>
/// A driver and a device over one ring, by a script that chance made: the same for every number of stores after which the device's process ends. Each chain brings a number, which the
/// device writes back: so the driver sees which were done, and the device in which order they come.
/// </summary>
internal sealed class InflightRun : IDisposable
{
    private const ushort Size = 8;
    private const int Rounds = 14;
    private const ulong SlotBytes = 0x100;

    private readonly InflightRing _ring;
    private readonly bool _inOrder;
    private readonly Queue<int> _kills;
    private readonly List<(DescriptorChain Chain, ulong Number, IoVector Answer)> _held = [];
    private readonly HashSet<ulong> _out = [];
    private readonly DescriptorChain[] _chains = new DescriptorChain[Size];
    private readonly IoVector[] _segments = new IoVector[64];
    private readonly Random _random;
    private Virtqueue _device = null!;
    private ulong _added;
    private ulong _lastTaken;  // By the driver.
    private ulong _lastPopped; // By this process.
    private int _left;

    /// <param name="features">What kind of ring.</param>
    /// <param name="inOrder">The device completes in order.</param>
    /// <param name="seed">Of the script.</param>
    /// <param name="kills">After how many stores the first process ends, then the second, and so on.</param>
    public InflightRun(ulong features, bool inOrder, int seed, params int[] kills)
    {
        _ring = new InflightRing(Size, features);
        _inOrder = inOrder;
        _random = new Random(seed);
        _kills = new Queue<int>(kills);
    }

    /// <summary>Processes that were ended.</summary>
    public int Killed { get; private set; }

    public void Run()
    {
        Begin();
        for (int round = 0; round < Rounds; round++)
        {
            Add(_random.Next(5));
            bool[] completes = [.. Enumerable.Range(0, Size).Select(_ => _random.Next(2) == 0)];
            (int pops, bool publishes) = (_random.Next(5), _random.Next(3) != 0);
            Guard(() => Pop(pops));
            Guard(() => Complete(completes));
            Guard(() => Pop(1)); // With chains completed and not published.
            if (publishes)
            {
                Guard(() => _device.Publish());
            }

            if (_random.Next(8) == 0)
            {
                Guard(Restart);
            }

            Take();
        }

        for (int i = 0; i < 20 && _out.Count > 0; i++)
        {
            Guard(() => Pop(Size));
            Guard(() => Complete([.. Enumerable.Repeat(true, Size)]));
            Guard(() => _device.Publish());
            Take();
        }

        Assert.Empty(_out);
        Assert.False(_ring.Pair.Driver.IsBroken);
        Assert.Equal(VirtqueueError.None, _device.Error);
    }

    public void Dispose() => _ring.Dispose();

    /// <summary>Processes begin until one is there.</summary>
    private void Begin()
    {
        while (true)
        {
            _left = _kills.TryDequeue(out int kill) ? kill : int.MaxValue;
            _held.Clear();
            _lastPopped = 0;
            try
            {
                _device = _ring.Start(CountDown);
                return;
            }
            catch (KilledException)
            {
                Killed++;
            }
        }
    }

    private void CountDown()
    {
        if (_left-- == 0)
        {
            throw new KilledException();
        }
    }

    private void Guard(Action action)
    {
        try
        {
            action();
        }
        catch (KilledException)
        {
            Killed++;
            Begin();
        }
    }

    private void Add(int chains)
    {
        for (int i = 0; i < chains; i++)
        {
            ulong number = _added + 1;
            ulong slot = number % 64 * SlotBytes;
            DriverBuffer[] readable = [.. Enumerable.Range(0, _random.Next(1, 3)).Select(b => new DriverBuffer(new(slot + ((ulong)b * 0x20)), 8))];
            DriverBuffer[] writable = [.. Enumerable.Range(0, _random.Next(1, 3)).Select(b => new DriverBuffer(new(slot + 0x80 + ((ulong)b * 0x20)), 8))];
            if (_out.Contains(number - 64) || !_ring.Pair.Driver.TryAdd(readable, writable, number))
            {
                break;
            }

            _ring.Pair.Guest.Write64(slot, number);
            _ring.Pair.Guest.Write64(slot + 0x80, 0);
            _added = number;
            _out.Add(number);
        }

        _ring.Pair.Driver.Publish();
    }

    private void Pop(int most)
    {
        int segments = 0;
        int popped = _device.PopBatch(_chains.AsSpan(0, Math.Min(most, Size - _held.Count)), _segments, ref segments, ChainDirection.Both);
        Assert.Equal(VirtqueueError.None, _device.Error);
        foreach (DescriptorChain chain in _chains.AsSpan(0, popped))
        {
            ulong number = BitConverter.ToUInt64(_segments[chain.FirstSegment].Span);
            Assert.True(number > _lastPopped, $"{number} came behind {_lastPopped}"); // What was in flight comes again before what was not, in the old order.
            Assert.Contains(number, _out);
            _lastPopped = number;
            _held.Add((chain, number, _segments[chain.FirstSegment + chain.ReadableSegments]));
        }
    }

    /// <summary>Completes those that chance wants: the oldest, up to the first it does not, where it is done in order; else any, the youngest first.</summary>
    private void Complete(bool[] which)
    {
        int oldest = Array.IndexOf([.. which, false], false);
        var done = new List<DescriptorChain>();
        for (int i = _held.Count - 1; i >= 0; i--)
        {
            if (_inOrder ? i < oldest : which[i])
            {
                (DescriptorChain chain, ulong number, IoVector answer) = _held[i];
                _held.RemoveAt(i);
                BitConverter.TryWriteBytes(answer.Span, number);
                chain.Written = 8;
                done.Insert(_inOrder ? 0 : done.Count, chain);
            }
        }

        _device.Complete(CollectionsMarshal.AsSpan(done));
    }

    /// <summary>The ring stops in order and starts again, in the same process.</summary>
    private void Restart()
    {
        _device.Publish();
        _device.Leave();
        _held.Clear();
        _lastPopped = 0;
        _device = _ring.Start(CountDown);
    }

    private void Take()
    {
        while (_ring.Pair.Driver.TryTakeUsed(out UsedBuffer used))
        {
            Assert.True(_out.Remove(used.Token), $"{used.Token} came back twice");
            Assert.Equal(used.Token, _ring.Pair.Guest.Read64((used.Token % 64 * SlotBytes) + 0x80));
            Assert.Equal(8u, used.Written);
            Assert.True(!_inOrder || used.Token == _lastTaken + 1, $"{used.Token} behind {_lastTaken}");
            _lastTaken = used.Token;
        }
    }
}
