using System.Diagnostics;
using FastRing.Queues;
using FastRing.Spec;
using Xunit;

namespace FastRing.Tests.Queues;

/// <summary>
/// The four store-load fences. Each side goes to sleep just as the other publishes, millions of times: sleeping is spinning on a
/// flag here, so that the two meet within nanoseconds. Without any one of the fences a wake-up is lost within a second or so of two
/// free processors, and the sleeper is still asleep at the deadline.
/// </summary>
[Collection(nameof(Alone))]
public class LostWakeUpTests
{
    private const int Rounds = 2_000_000;
    private static readonly TimeSpan s_timeBox = TimeSpan.FromSeconds(4); // spinning threads get little done on a busy machine

    [Theory]
    [InlineData(0UL)]
    [InlineData(VirtioFeatures.EventIndex)]
    public void No_wake_up_is_lost_when_both_sides_meet(ulong features)
    {
        using var pair = new QueuePair(8, features);
        var run = new Run(pair.Driver, pair.Device);
        var device = new Thread(run.RunDevice) { IsBackground = true };
        device.Start();
        run.RunDriver();
        device.Join();
        Assert.True(run.Lost is null, run.Lost);
        Assert.True(run.DeviceSlept > 0 && run.DriverSlept > 0, $"slept {run.DeviceSlept} and {run.DriverSlept} times only");
    }

    private sealed class Run(DriverVirtqueue driver, Virtqueue device)
    {
        private int _kicks;
        private int _calls;
        private int _popped;
        private int _taken;
        private volatile string? _lost;
        private volatile bool _done;

        public string? Lost => _lost;

        public int DeviceSlept { get; private set; }

        public int DriverSlept { get; private set; }

        public void RunDevice()
        {
            var random = new Random(1);
            var batch = new ChainBatch(8, ChainDirection.Readable);
            while (!_done)
            {
                int kicks = Volatile.Read(ref _kicks);
                device.SuppressNotifications();
                while (device.Pop(batch) is > 0 and var count)
                {
                    Pause(random);
                    device.Complete(batch, count);
                    _popped += count;
                }

                if (device.Publish())
                {
                    Volatile.Write(ref _calls, _calls + 1);
                }

                Pause(random);
                if (!device.EnableNotifications())
                {
                    DeviceSlept++;
                    SleepUntilChanged(ref _kicks, kicks, "device");
                }
            }
        }

        public void RunDriver()
        {
            var random = new Random(2);
            long start = Stopwatch.GetTimestamp();
            for (int added = 0; added < Rounds && _lost is null && Stopwatch.GetElapsedTime(start) < s_timeBox;)
            {
                // Up to two at a time, the second while the device may be going to sleep over the first.
                for (int burst = random.Next(1, 3); burst > 0; burst--, added++)
                {
                    driver.TryAdd([new(new(0), 1)], [], 0);
                    if (driver.Publish())
                    {
                        Volatile.Write(ref _kicks, _kicks + 1);
                    }

                    Pause(random);
                }

                Await(random, added);
            }

            _done = true;
        }

        private void Await(Random random, int added)
        {
            bool polls = random.Next(2) == 0;
            while (_taken < added && _lost is null)
            {
                int calls = Volatile.Read(ref _calls);
                driver.SuppressNotifications();
                while (driver.TryTakeUsed(out _))
                {
                    _taken++;
                }

                Pause(random);
                if (!polls && _taken < added && !driver.EnableNotifications())
                {
                    DriverSlept++;
                    SleepUntilChanged(ref _calls, calls, "driver");
                }
            }
        }

        // From nothing to some times as long as a cache line takes between two processors, short ones more often.
        private static void Pause(Random random)
        {
            int steps = random.Next(16 << random.Next(6));
            for (int i = 0; i < steps; i++)
            {
                Volatile.Read(ref steps);
            }
        }

        private void SleepUntilChanged(ref int bell, int seen, string who)
        {
            long start = Stopwatch.GetTimestamp();
            for (int i = 1; Volatile.Read(ref bell) == seen && !_done && _lost is null; i++)
            {
                if (i % 2000 == 0)
                {
                    Thread.Yield();
                    if (Stopwatch.GetElapsedTime(start) > TimeSpan.FromSeconds(10))
                    {
                        _lost = $"the {who} was not woken: popped {_popped}, taken {_taken}, kicks {_kicks}, calls {_calls}";
                    }
                }
            }
        }
    }
}
