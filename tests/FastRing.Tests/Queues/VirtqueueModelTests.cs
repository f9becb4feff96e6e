using FastRing.Memory;
using FastRing.Queues;
using FastRing.Spec;
using Xunit;

namespace FastRing.Tests.Queues;

/// <summary>
/// Random schedules of a driver and a device on one ring, compared step by step with lists and with the spec's words on notifications.
/// </summary>
public class VirtqueueModelTests
{
    public static TheoryData<int, ulong> Rings
    {
        get
        {
            var rings = new TheoryData<int, ulong>();
            foreach (int size in new[] { 1, 2, 4, 8, 16, 32, 64, 256, 1024 })
            {
                foreach (var variant in QueuePair.Variants)
                {
                    rings.Add(size, variant.Data);
                }
            }

            return rings;
        }
    }

    [Theory]
    [MemberData(nameof(Rings))]
    public void A_ring_is_two_lists_and_its_notifications_are_never_lost(int size, ulong features)
    {
        using var run = new ModelRun((ushort)size, features, seed: size + (int)(features >> 20));
        for (int step = 0; step < 25_000; step++)
        {
            run.Step();
        }

        run.Drain();
        Assert.True(run.Completed > 200, $"only {run.Completed} chains went round");
    }

    [Theory]
    [MemberData(nameof(QueuePair.Variants), MemberType = typeof(QueuePair))]
    public void Indices_wrap_around_many_times(ulong features)
    {
        using var pair = new QueuePair(256, features);
        var batch = new ChainBatch(256, ChainDirection.Readable);
        ulong added = 0;
        ulong taken = 0;
        for (int round = 0; added < 500_000; round++)
        {
            int count = 1 + (round * 7 % 256);
            for (int i = 0; i < count; i++)
            {
                Assert.True(pair.Driver.TryAdd([new(new(added % 0x1000), 1)], [], added));
                added++;
            }

            pair.Driver.Publish();
            Assert.Equal(count, pair.Device.Pop(batch));
            pair.Device.Complete(batch, batch.Consume((nuint)count));
            pair.Device.Publish();
            while (pair.Driver.TryTakeUsed(out UsedBuffer used))
            {
                Assert.Equal(taken++, used.Token);
            }

            Assert.Equal(added, taken);
        }

        Assert.Equal((ushort)added, (ushort)pair.Device.Base);
        Assert.Equal(256, pair.Driver.Free);
        Assert.Equal(added, pair.Device.Counters.Chains);
    }

    /// <summary>One ring, the lists it stands for, and what each side last asked of the other.</summary>
    private sealed class ModelRun : IDisposable
    {
        private readonly Random _random;
        private readonly QueuePair _pair;
        private readonly ChainBatch _batch;
        private readonly int _indirectEntries;
        private readonly Queue<Chain> _added = new();
        private readonly Queue<Chain> _available = new();
        private readonly Queue<Chain> _popped = new();
        private readonly Queue<Chain> _completed = new();
        private readonly Queue<Chain> _used = new();
        private int _free;
        private ulong _nextToken;
        private ulong _publishedAvailable;
        private ulong _publishedUsed;
        private ulong _gotCount;
        private ulong _takenCount;
        private ulong _deviceAsked;             // avail_event, as a count that never wraps
        private ulong _driverAsked;             // used_event
        private bool _deviceAsks = true;        // without event index: the flags
        private bool _driverAsks = true;
        private bool _deviceSleeps;
        private bool _driverSleeps;

        public ModelRun(ushort size, ulong features, int seed)
        {
            _random = new Random(seed);
            _indirectEntries = (features & VirtioFeatures.IndirectDescriptors) != 0 ? 6 : 0;
            _pair = new QueuePair(size, features, 6);
            _batch = new ChainBatch(_random.Next(1, 40), ChainDirection.Both);
            _free = size;
        }

        public ulong Completed { get; private set; }

        private bool EventIndex => (_pair.Features & VirtioFeatures.EventIndex) != 0;

        public void Step()
        {
            switch (_random.Next(16))
            {
                case <= 4: Add(); break;
                case <= 6: PublishAvailable(); break;
                case <= 8: Pop(); break;
                case <= 10: Complete(); break;
                case 11: PublishUsed(); break;
                case 12: TakeUsed(); break;
                case 13: SleepDevice(); break;
                case 14: SleepDriver(); break;
                case 15 when _random.Next(4) == 0: PutBack(); break;
                default: Suppress(); break;
            }

            Assert.Equal(_free, _pair.Driver.Free);
            Assert.Equal(_available.Count > 0, _pair.Device.HasAvailable);
            Assert.Equal((ushort)Completed, (ushort)_pair.Device.Base);
            Assert.Equal(VirtqueueError.None, _pair.Device.Error);
        }

        public void Drain()
        {
            PublishAvailable();
            while (_available.Count + _popped.Count > 0)
            {
                Pop();
                Complete();
            }

            PublishUsed();
            while (_used.Count > 0)
            {
                TakeUsed();
            }

            Assert.Equal(_pair.Driver.Size, _pair.Driver.Free);
        }

        public void Dispose() => _pair.Dispose();

        private void Add()
        {
            DriverBuffer[] readable = RandomBuffers(_random.Next(_pair.Driver.Size < 4 ? 2 : 4));
            DriverBuffer[] writable = RandomBuffers(_random.Next(_pair.Driver.Size < 4 ? 2 : 4));
            int count = readable.Length + writable.Length;
            int needed = count > 1 && count <= _indirectEntries ? 1 : count;
            bool fits = count > 0 && needed <= _free;
            var chain = new Chain(_nextToken, readable, writable, needed);
            Assert.Equal(fits, _pair.Driver.TryAdd(readable, writable, _nextToken));
            if (fits)
            {
                _nextToken++;
                _free -= needed;
                _added.Enqueue(chain);
            }
        }

        private void PublishAvailable()
        {
            ulong before = _publishedAvailable;
            _publishedAvailable += (ulong)_added.Count;
            bool crossed = EventIndex ? before <= _deviceAsked && _deviceAsked < _publishedAvailable : _deviceAsks && _added.Count > 0;
            bool kicked = _pair.Driver.Publish();
            Assert.Equal(crossed, kicked);
            Assert.False(_deviceSleeps && _added.Count > 0 && !kicked, "the device sleeps and was not notified");
            _deviceSleeps &= _added.Count == 0;
            Move(_added, _available, _added.Count);
        }

        private void Pop()
        {
            int held = _batch.Count;
            int popped = _pair.Device.Pop(_batch);
            Assert.InRange(popped, 0, _available.Count);
            Assert.True(popped > 0 || _available.Count == 0 || held > 0);
            _gotCount += (ulong)popped;
            for (int i = 0; i < popped; i++)
            {
                CheckChain(held + i, _available.ElementAt(i));
            }

            Move(_available, _popped, popped);
        }

        private void CheckChain(int index, Chain chain)
        {
            (nint, ulong)[] readable = Pieces(chain.Readable);
            (nint, ulong)[] writable = Pieces(chain.Writable);
            Assert.Equal((readable.Length, writable.Length), (_batch[index].ReadableSegments, _batch[index].WritableSegments));
            Assert.Equal([.. readable, .. writable], _batch.SegmentsOf(index).ToArray().Select(s => (s.Address, (ulong)s.Length)));
            Assert.Equal(readable.Concat(writable).Sum(p => (long)p.Item2), _batch[index].Bytes);
        }

        private void Complete()
        {
            int count = _random.Next(_popped.Count + 1);
            for (int i = 0; i < count; i++)
            {
                _batch[i].Written = (uint)_random.Next();
                _popped.ElementAt(i).Written = _batch[i].Written;
            }

            _pair.Device.Complete(_batch, count);
            Completed += (ulong)count;
            Move(_popped, _completed, count);
        }

        private void PutBack()
        {
            _pair.Device.PutBack(_batch);
            Assert.Equal(0, _batch.Count);
            _gotCount -= (ulong)_popped.Count;
            Chain[] later = _available.ToArray();
            _available.Clear();
            Move(_popped, _available, _popped.Count);
            Array.ForEach(later, _available.Enqueue);
            _deviceSleeps &= _available.Count == 0;
        }

        private void PublishUsed()
        {
            ulong before = _publishedUsed;
            _publishedUsed += (ulong)_completed.Count;
            bool crossed = EventIndex ? before <= _driverAsked && _driverAsked < _publishedUsed : _driverAsks;
            bool expected = _completed.Count > 0 && (crossed || (EventIndex && before == 0)); // the first is always notified
            bool notified = _pair.Device.Publish();
            Assert.Equal(expected, notified);
            Assert.False(_driverSleeps && _completed.Count > 0 && !notified, "the driver sleeps and was not notified");
            _driverSleeps &= _completed.Count == 0;
            Move(_completed, _used, _completed.Count);
        }

        private void TakeUsed()
        {
            while (_pair.Driver.TryTakeUsed(out UsedBuffer used))
            {
                Chain chain = _used.Dequeue();
                Assert.Equal(new UsedBuffer(chain.Token, chain.Written), used);
                _free += chain.Descriptors;
                _takenCount++;
            }

            Assert.Empty(_used);
        }

        private void SleepDevice()
        {
            _deviceAsked = _gotCount;
            _deviceAsks = true;
            bool more = _pair.Device.EnableNotifications();
            Assert.Equal(_available.Count > 0, more);
            _deviceSleeps = !more;
        }

        private void SleepDriver()
        {
            _driverAsked = _takenCount;
            _driverAsks = true;
            bool more = _pair.Driver.EnableNotifications();
            Assert.Equal(_used.Count > 0, more);
            _driverSleeps = !more;
        }

        private void Suppress()
        {
            if (_random.Next(2) == 0)
            {
                _pair.Device.SuppressNotifications();
                (_deviceAsks, _deviceSleeps) = (false, _deviceSleeps && EventIndex);
            }
            else
            {
                _pair.Driver.SuppressNotifications();
                (_driverAsked, _driverAsks, _driverSleeps) = (_takenCount + 0x8000, false, false);
            }
        }

        private DriverBuffer[] RandomBuffers(int count) =>
            Enumerable.Range(0, count).Select(_ => new DriverBuffer(new GuestAddress(RandomAddress()), RandomLength())).ToArray();

        private ulong RandomAddress() => _random.Next(8) == 0
            ? QueuePair.Border - (ulong)_random.Next(40)
            : (ulong)_random.Next((int)QueuePair.BufferBytes - 100);

        private uint RandomLength() => _random.Next(8) == 0 ? 0 : (uint)_random.Next(1, 80);

        private (nint Address, ulong Length)[] Pieces(DriverBuffer[] buffers) => buffers.SelectMany(b =>
        {
            ulong start = b.Address.Value;
            ulong end = start + b.Length;
            (ulong, ulong)[] parts = start < QueuePair.Border && end > QueuePair.Border
                ? [(start, QueuePair.Border - start), (QueuePair.Border, end - QueuePair.Border)]
                : [(start, b.Length)];
            return parts.Where(p => p.Item2 > 0).Select(p => (_pair.Guest.Memory.Window(new GuestAddress(p.Item1), 1).Address, p.Item2));
        }).ToArray();

        private static void Move(Queue<Chain> from, Queue<Chain> to, int count)
        {
            for (; count > 0; count--)
            {
                to.Enqueue(from.Dequeue());
            }
        }

        private sealed record Chain(ulong Token, DriverBuffer[] Readable, DriverBuffer[] Writable, int Descriptors)
        {
            public uint Written { get; set; }
        }
    }
}
