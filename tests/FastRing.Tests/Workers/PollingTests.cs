using System.Diagnostics;
using FastRing.Interop;
using FastRing.Workers;
using Xunit;

namespace FastRing.Tests.Workers;

/// <summary>What polling adds: the things polled, the thread beside the worker, and the way from one strategy to another.</summary>
public class PollingTests : WorkerFixture
{
    private readonly RecordingPolled _polled = new();

    public PollingTests()
        : base("polling") // Other tests have workers beside this one.
    {
    }

    [Fact]
    public async Task Something_is_polled_from_when_the_strategy_says_so_until_it_does_not()
    {
        await Invoke(() => Worker.AddPolled(_polled));
        await Rounds(3);
        Assert.Equal((0, 0L), (_polled.Begins, _polled.Polls));

        Worker.WaitStrategy = WaitStrategy.Poll;
        Until(() => _polled.Polls > 1000);
        Assert.Equal((1, 0), (_polled.Begins, _polled.Ends));

        Worker.WaitStrategy = WaitStrategy.Sleep;
        Until(() => _polled.Ends == 1);
        long polls = _polled.Polls;
        await Rounds(3);
        Assert.Equal((1, 1, polls), (_polled.Begins, _polled.Ends, _polled.Polls));
    }

    [Fact]
    public async Task What_is_added_while_the_worker_polls_is_polled_and_what_is_removed_is_not()
    {
        var second = new RecordingPolled();
        Worker.WaitStrategy = WaitStrategy.Poll;
        await Invoke(() => Worker.AddPolled(_polled));
        Until(() => _polled.Polls > 100);
        await Invoke(() => Worker.AddPolled(second));
        Until(() => second.Polls > 100);
        Assert.Equal((1, 1), (_polled.Begins, second.Begins));

        await Invoke(() => Worker.RemovePolled(_polled));
        long polls = _polled.Polls;
        long others = second.Polls;
        Until(() => second.Polls > others + 100);
        Assert.Equal((polls, 0), (_polled.Polls, _polled.Ends));

        await Invoke(() => Worker.RemovePolled(second));
        await Invoke(() => Worker.RemovePolled(second)); // It is not there any more.
        polls = second.Polls;
        await Rounds(3);
        Assert.Equal((polls, 0), (second.Polls, second.Ends));
    }

    [Fact]
    public async Task Something_polled_may_take_itself_and_others_out()
    {
        var others = new RecordingPolled[10];
        await Invoke(() =>
        {
            for (int i = 0; i < others.Length; i++)
            {
                int number = i;
                others[i] = new RecordingPolled
                {
                    Work = () =>
                    {
                        Worker.RemovePolled(others[number]);
                        Worker.RemovePolled(others[(number + 3) % others.Length]);
                        return true;
                    },
                };
                Worker.AddPolled(others[i]);
            }

            Worker.AddPolled(_polled);
        });
        Worker.WaitStrategy = WaitStrategy.Poll;
        Until(() => _polled.Polls > 100);
        Assert.All(others, o => Assert.InRange(o.Polls, 0, 1));
        Assert.Empty(_polled.Faults);
    }

    [Fact]
    public async Task Something_polled_that_faults_is_told_and_the_others_go_on()
    {
        var fault = new InvalidOperationException("polled");
        var bad = new RecordingPolled { AtEnd = () => throw fault };
        bad.Work = () => bad.Polls == 10 ? throw fault : false;
        await Invoke(() =>
        {
            Worker.AddPolled(bad);
            Worker.AddPolled(_polled);
        });
        Worker.WaitStrategy = WaitStrategy.Poll;
        Until(() => bad.Polls > 20 && _polled.Polls > 20);
        Worker.WaitStrategy = WaitStrategy.Sleep;
        Until(() => _polled.Ends == 1);
        await Rounds(1);
        Assert.Equal([fault, fault], bad.Faults);
        Assert.Empty(_polled.Faults);
        Assert.Empty(Faults);
    }

    [Fact]
    public async Task Descriptors_are_served_long_after_the_last_one_was_ready()
    {
        using EventFd fd = EventFd.Create();
        var handler = new RecordingHandler();
        WatchedFd? watch = null;
        handler.Do = () => fd.Drain();
        await Invoke(() =>
        {
            Worker.AddPolled(_polled);
            watch = Worker.Watch(fd.Fd, EpollEvents.In, handler);
        });
        Worker.WaitStrategy = WaitStrategy.Poll;
        for (int i = 0; i < 20; i++)
        {
            Until(() => IsWatched, "the thread beside the worker watches");
            fd.Signal();
            int calls = i + 1;
            Until(() => handler.Served == calls);
        }

        await Invoke(watch!.Dispose);
    }

    [Fact]
    public async Task Descriptors_that_come_all_the_time_are_all_served()
    {
        using EventFd fd = EventFd.Create();
        var handler = new RecordingHandler { Do = () => fd.Drain() };
        WatchedFd? watch = null;
        await Invoke(() =>
        {
            Worker.AddPolled(_polled);
            watch = Worker.Watch(fd.Fd, EpollEvents.In, handler);
        });
        Worker.WaitStrategy = WaitStrategy.Poll;
        var random = new Random(1);
        for (int i = 1; i <= 500; i++)
        {
            Thread.SpinWait(random.Next(20_000)); // Across the moment when the other thread takes over.
            fd.Signal();
            int calls = i;
            Until(() => handler.Served == calls);
        }

        await Invoke(watch!.Dispose);
    }

    [Fact]
    public async Task The_thread_beside_the_worker_is_there_while_it_polls_only()
    {
        await Invoke(() => Worker.AddPolled(_polled));
        Assert.False(IsWatched);
        Worker.WaitStrategy = WaitStrategy.Poll;
        Until(() => IsWatched);
        Worker.WaitStrategy = WaitStrategy.Sleep;
        Until(() => !IsWatched);
        Worker.WaitStrategy = WaitStrategy.Poll;
        Until(() => IsWatched);
        await Invoke(() => Worker.RemovePolled(_polled));
        Until(() => !IsWatched);
    }

    [Fact]
    public async Task No_posted_action_waits_for_ever_while_the_strategy_changes_at_random()
    {
        await Invoke(() => Worker.AddPolled(_polled));
        WaitStrategy[] strategies = [WaitStrategy.Sleep, WaitStrategy.Poll, WaitStrategy.PollThenSleep(TimeSpan.FromMicroseconds(20))];
        bool ends = false;
        var switching = new Thread(() =>
        {
            var random = new Random(2);
            while (!Volatile.Read(ref ends))
            {
                // By the worker itself: setting it from here would wake it and hide what was lost.
                WaitStrategy next = strategies[random.Next(3)];
                Worker.Post(() => Worker.RunAfter(TimeSpan.Zero, () => Worker.WaitStrategy = next));
                Thread.SpinWait(random.Next(2000));
            }
        });
        switching.Start();
        try
        {
            var random = new Random(3);
            for (int i = 0; i < 20_000; i++)
            {
                await Invoke(() => { });
                Thread.SpinWait(random.Next(300));
            }
        }
        finally
        {
            Volatile.Write(ref ends, true);
            switching.Join();
        }

        Assert.Empty(Faults);
    }

    [Fact]
    public async Task A_worker_that_polls_for_a_while_sleeps_then_and_polls_longer_when_work_comes_soon_after()
    {
        using EventFd fd = EventFd.Create();
        var handler = new RecordingHandler();
        handler.Do = () => fd.Drain();
        WatchedFd? watch = null;
        await Invoke(() =>
        {
            Worker.AddPolled(_polled);
            watch = Worker.Watch(fd.Fd, EpollEvents.In, handler);
        });
        Worker.WaitStrategy = WaitStrategy.PollThenSleep(WaitStrategy.LongestBudget);
        for (int i = 0; i < 6; i++)
        {
            int before = _polled.Begins;
            Until(() =>
            {
                // Far within the longest budget, so the sleep before it was one too many. Again and again, for the machine may stand still longer than
                // that, and a signal may come before the worker went to sleep: neither is a reason to poll.
                int served = handler.Served;
                fd.Signal();
                Until(() => handler.Served > served);
                return _polled.Begins > before;
            });
            Until(() => _polled.Ends == _polled.Begins); // It has polled for as long as it may now, and sleeps.
        }

        await Invoke(watch!.Dispose);
    }

    [Fact]
    public async Task One_that_fails_at_every_look_keeps_nobody_else_from_being_looked_at()
    {
        var bad = new FailingPolled();
        await Invoke(() =>
        {
            Worker.AddPolled(bad);
            Worker.AddPolled(_polled);
        });
        Worker.WaitStrategy = WaitStrategy.Poll;
        Until(() => _polled.Polls > 100 && bad.Faults > 100);
        Worker.WaitStrategy = WaitStrategy.Sleep;
        Until(() => _polled.Ends == 1);
    }

    [Fact]
    public async Task Timers_of_microseconds_run_in_their_order_and_not_early()
    {
        foreach (WaitStrategy strategy in (WaitStrategy[])[WaitStrategy.Sleep, WaitStrategy.Poll, Polling.Adaptive])
        {
            Worker.WaitStrategy = strategy;
            var order = new List<int>();
            TaskCompletionSource done = NewSignal();
            await Invoke(() =>
            {
                Worker.AddPolled(_polled);
                long start = MonotonicClock.Now; // The same for all, however long it takes to set them.
                foreach (int delay in (int[])[900, 100, 700, 300, 500])
                {
                    Worker.RunAt(start + (delay * MonotonicClock.Microsecond), () =>
                    {
                        Assert.True(MonotonicClock.Now >= start + (delay * MonotonicClock.Microsecond));
                        order.Add(delay);
                        _ = order.Count == 5 && done.TrySetResult();
                    });
                }
            });
            await Wait(done);
            Assert.Equal([100, 300, 500, 700, 900], order);
            Assert.Empty(Faults);
            await Invoke(() => Worker.RemovePolled(_polled));
        }
    }

    [Fact]
    public async Task A_worker_is_disposed_in_the_middle_of_polling()
    {
        for (int i = 0; i < 20; i++)
        {
            var polled = new RecordingPolled();
            var worker = new Worker("short", Faults.Enqueue) { WaitStrategy = WaitStrategy.Poll };
            int ran = 0;
            await worker.InvokeAsync(() => worker.AddPolled(polled)).WaitAsync(s_deadline, TestContext.Current.CancellationToken);
            worker.Post(() => ran++);
            worker.Dispose();
            Assert.Equal((1, polled.Begins), (ran, polled.Ends));
        }

        Assert.Empty(Faults);
    }

    private static bool IsWatched => Directory.GetDirectories("/proc/self/task").Any(task =>
    {
        try
        {
            return File.ReadAllText(Path.Combine(task, "comm")) == "polling fds\n";
        }
        catch (IOException)
        {
            return false; // Ended in the meantime.
        }
    });

    private static void Until(Func<bool> condition, string what = "what was waited for") =>
        Assert.True(SpinWait.SpinUntil(condition, s_deadline), $"never came about: {what}");
}
