using System.Buffers.Binary;
using FastRing.Interop;
using FastRing.Queues;
using FastRing.Spec;
using Xunit;

namespace FastRing.Tests.Queues;

/// <summary>A driver and a device on two threads that sleep on real eventfds whenever the other may let them. A lost wake-up leaves one asleep.</summary>
[Collection(nameof(Alone))]
public class TwoThreadTests
{
    private const int Messages = 1_000_000;
    private static readonly TimeSpan s_deadline = TimeSpan.FromSeconds(20);

    [Theory]
    [InlineData(0UL)]
    [InlineData(VirtioFeatures.EventIndex)]
    [InlineData(VirtioFeatures.EventIndex | VirtioFeatures.IndirectDescriptors, Messages / 4)]
    [InlineData(VirtioFeatures.RingPacked)]
    [InlineData(VirtioFeatures.RingPacked | VirtioFeatures.EventIndex)]
    [InlineData(VirtioFeatures.RingPacked | VirtioFeatures.InOrder | VirtioFeatures.IndirectDescriptors, Messages / 4)]
    public void No_message_and_no_wake_up_is_lost_between_two_threads(ulong features, int messages = Messages)
    {
        using var run = new Run(features, messages);
        run.Go();
        Assert.True(run.Kick.Sleeps > 100, $"the device slept {run.Kick.Sleeps} times only");
        Assert.True(run.Call.Sleeps > 100, $"the driver slept {run.Call.Sleeps} times only");
    }

    private sealed class Run(ulong features, int messages) : IDisposable
    {
        private const int Slots = 64;
        private const int SlotBytes = 64;

        private readonly QueuePair _pair = new(128, features, 2);
        private readonly CancellationTokenSource _stop = new();
        private readonly Random _random = new(42);
        private Exception? _failure;
        private long _popped;
        private long _added;
        private long _taken;

        public Doorbell Kick { get; } = new();

        public Doorbell Call { get; } = new();

        public void Go()
        {
            var device = new Thread(() => Guarded(RunDevice)) { IsBackground = true };
            device.Start();
            Guarded(RunDriver);
            device.Join();
            Assert.True(_failure is null, $"{_failure}\n{State()}");
            Assert.Equal((messages, messages, messages), (_added, _popped, _taken));
        }

        public void Dispose()
        {
            Kick.Dispose();
            Call.Dispose();
            _stop.Dispose();
            _pair.Dispose();
        }

        private static ulong Answer(ulong message) => (message ^ 0x9e37_79b9_7f4a_7c15) * 0xff51_afd7_ed55_8ccd;

        private void RunDevice()
        {
            var batch = new ChainBatch(32, ChainDirection.Both);
            Virtqueue queue = _pair.Device;
            while (_popped < messages)
            {
                do
                {
                    queue.SuppressNotifications();
                    while (queue.Pop(batch) is > 0 and var count)
                    {
                        Serve(batch, count);
                        queue.Complete(batch, count);
                    }

                    if (queue.Publish())
                    {
                        Call.Ring();
                    }
                }
                while (queue.EnableNotifications());
                Assert.Equal(VirtqueueError.None, queue.Error);
                if (_popped < messages)
                {
                    Kick.Wait(s_deadline, _stop.Token);
                }
            }
        }

        private void Serve(ChainBatch batch, int count)
        {
            for (int i = 0; i < count; i++)
            {
                ReadOnlySpan<IoVector> segments = batch.SegmentsOf(i);
                ulong message = BinaryPrimitives.ReadUInt64LittleEndian(segments[0].Span);
                ulong check = BinaryPrimitives.ReadUInt64LittleEndian(segments[0].Span[16..]);
                if (message != (ulong)_popped || check != Answer(message + 1))
                {
                    throw new InvalidDataException($"message {_popped} is {message:x}, {check:x}");
                }

                BinaryPrimitives.WriteUInt64LittleEndian(segments[1].Span, Answer(message));
                batch[i].Written = 8 + (uint)(message % 8);
                _popped++;
            }
        }

        private void RunDriver()
        {
            DriverVirtqueue queue = _pair.Driver;
            while (_taken < messages)
            {
                int burst = _random.Next(1, Slots);
                while (burst-- > 0 && _added < messages && _added - _taken < Slots)
                {
                    Add(queue);
                }

                if (queue.Publish())
                {
                    Kick.Ring();
                }

                // Sometimes everything is awaited, sometimes a part.
                long left = _random.Next(4) == 0 ? 0 : _random.Next(Slots);
                while (_added - _taken > left)
                {
                    TakeOrSleep(queue);
                }
            }
        }

        private void Add(DriverVirtqueue queue)
        {
            ulong message = (ulong)_added;
            ulong slot = message % Slots * SlotBytes;
            _pair.Guest.Write64(slot, message);
            _pair.Guest.Write64(slot + 16, Answer(message + 1));
            if (!queue.TryAdd([new(new(slot), 24)], [new(new(slot + 32), 16)], message))
            {
                throw new InvalidDataException("no free descriptors");
            }

            _added++;
        }

        private void TakeOrSleep(DriverVirtqueue queue)
        {
            queue.SuppressNotifications();
            long before = _taken;
            while (queue.TryTakeUsed(out UsedBuffer used))
            {
                ulong message = (ulong)_taken;
                ulong answer = BinaryPrimitives.ReadUInt64LittleEndian(_pair.Guest.Span((message % Slots * SlotBytes) + 32, 8));
                if (used.Token != message || used.Written != 8 + (message % 8) || answer != Answer(message))
                {
                    throw new InvalidDataException($"used {_taken}: token {used.Token}, written {used.Written}, answer {answer:x}");
                }

                _taken++;
            }

            if (_taken == before && !queue.EnableNotifications())
            {
                Call.Wait(s_deadline, _stop.Token);
            }
        }

        private void Guarded(Action side)
        {
            try
            {
                side();
            }
            catch (Exception e)
            {
                Interlocked.CompareExchange(ref _failure, e, null);
                _stop.Cancel();
            }
        }

        private string State()
        {
            return $"added {_added}, popped {_popped}, taken {_taken}; "
                + $"device {_pair.Device.Error}, driver broken {_pair.Driver.IsBroken}; "
                + $"kicks {Kick.Rings}, sleeps {Kick.Sleeps}; calls {Call.Rings}, sleeps {Call.Sleeps}";
        }
    }
}
