using System.Collections.Concurrent;
using FastRing.Interop;
using FastRing.Workers;
using Xunit;

namespace FastRing.Tests.Workers;

public sealed class WorkerTests : IDisposable
{
    private static readonly TimeSpan s_deadline = TimeSpan.FromSeconds(30);

    private readonly ConcurrentQueue<Exception> _faults = new();
    private readonly Worker _worker;

    public WorkerTests() => _worker = new Worker("test", _faults.Enqueue);

    public void Dispose() => _worker.Dispose();

    [Fact]
    public async Task Actions_posted_by_many_threads_all_run_in_each_threads_order()
    {
        const int Threads = 4;
        const int Each = 50_000;
        var last = new int[Threads];
        int ran = 0;
        Task[] posters = Enumerable.Range(0, Threads).Select(t => Task.Run(() =>
        {
            for (int i = 1; i <= Each; i++)
            {
                int number = i;
                _worker.Post(() =>
                {
                    Assert.True(_worker.IsCurrent);
                    Assert.Equal(number, ++last[t]);
                    ran++;
                });
            }
        })).ToArray();
        await Task.WhenAll(posters).WaitAsync(s_deadline, TestContext.Current.CancellationToken);
        await Invoke(() => { });

        Assert.Empty(_faults);
        Assert.Equal(Threads * Each, ran);
        Assert.False(_worker.IsCurrent);
    }

    [Fact]
    public async Task An_exception_comes_back_from_InvokeAsync_and_the_loop_goes_on()
    {
        var thrown = new InvalidOperationException("mine");
        Assert.Same(thrown, await Assert.ThrowsAsync<InvalidOperationException>(() => Invoke(() => throw thrown)));
        Assert.Empty(_faults);
        await Invoke(() => { });
    }

    [Fact]
    public async Task Exceptions_of_posted_actions_and_timers_are_reported_and_the_loop_goes_on()
    {
        var posted = new InvalidOperationException("posted");
        var timer = new InvalidOperationException("timer");
        var done = NewSignal();
        _worker.Post(() => throw posted);
        _worker.Post(() =>
        {
            _worker.RunAfter(TimeSpan.Zero, () => throw timer);
            _worker.RunAfter(TimeSpan.Zero, done.SetResult);
        });
        await Wait(done);
        Assert.Equal([posted, timer], _faults);
    }

    [Fact]
    public async Task A_watched_descriptor_calls_its_handler_until_the_watch_ends()
    {
        using EventFd fd = EventFd.Create();
        var handler = new Handler();
        WatchedFd? watch = null;
        await Invoke(() => watch = _worker.Watch(fd.Fd, EpollEvents.In, handler));
        fd.Signal();
        await Wait(handler.Called);
        Assert.Equal(EpollEvents.In, handler.Seen);

        await Invoke(() =>
        {
            watch!.Dispose();
            watch.Dispose();
            watch.Change(EpollEvents.In | EpollEvents.Out);
        });
        int calls = handler.Calls;
        fd.Signal();
        await Rounds(3);
        Assert.Equal(calls, handler.Calls);
    }

    [Fact]
    public async Task A_watch_waits_for_what_it_was_changed_to()
    {
        using EventFd fd = EventFd.Create();
        fd.Signal();
        var handler = new Handler();
        WatchedFd? watch = null;
        await Invoke(() => watch = _worker.Watch(fd.Fd, EpollEvents.None, handler));
        await Rounds(3);
        Assert.Equal(0, handler.Calls);

        await Invoke(() => watch!.Change(EpollEvents.Out));
        await Wait(handler.Called);
        Assert.Equal((EpollEvents.Out, EpollEvents.Out), (handler.Seen, watch!.Events));
        await Invoke(watch.Dispose);
    }

    [Fact]
    public async Task A_handler_that_ends_anothers_watch_stops_its_event_too()
    {
        for (int i = 0; i < 50; i++)
        {
            using EventFd one = EventFd.Create();
            using EventFd two = EventFd.Create();
            var watches = new WatchedFd[2];
            var first = new Handler();
            var second = new Handler();
            first.Do = () => watches[1].Dispose();
            second.Do = () => watches[0].Dispose();
            await Invoke(() =>
            {
                watches[0] = _worker.Watch(one.Fd, EpollEvents.In | EpollEvents.EdgeTriggered, first);
                watches[1] = _worker.Watch(two.Fd, EpollEvents.In | EpollEvents.EdgeTriggered, second);
                one.Signal();
                two.Signal(); // both are fetched by one wait
            });
            await Rounds(2);
            Assert.Equal(1, first.Calls + second.Calls);
            await Invoke(() => Array.ForEach(watches, w => w.Dispose()));
        }
    }

    [Fact]
    public async Task A_watch_in_the_place_of_an_ended_one_does_not_get_its_event()
    {
        using EventFd one = EventFd.Create();
        using EventFd two = EventFd.Create();
        using EventFd quiet = EventFd.Create();
        var watches = new WatchedFd[2];
        var replacements = new List<WatchedFd>();
        var replacing = new Handler();
        var never = new Handler();
        replacing.Do = () =>
        {
            if (replacements.Count == 0)
            {
                Array.ForEach(watches, w => w.Dispose());
                replacements.Add(_worker.Watch(quiet.Fd, EpollEvents.In, never));
            }
        };
        await Invoke(() =>
        {
            watches[0] = _worker.Watch(one.Fd, EpollEvents.In, replacing);
            watches[1] = _worker.Watch(two.Fd, EpollEvents.In, replacing);
            one.Signal();
            two.Signal();
        });
        await Wait(replacing.Called);
        await Rounds(3);
        Assert.Equal((1, 0), (replacing.Calls, never.Calls));

        quiet.Signal();
        await Wait(never.Called);
        await Invoke(replacements[0].Dispose);
    }

    [Fact]
    public async Task A_descriptor_that_cannot_be_watched_is_refused_and_costs_nothing()
    {
        using OwnedFd file = MemFd.Create("regular", 1);
        using EventFd fd = EventFd.Create();
        var handler = new Handler();
        await Invoke(() =>
        {
            for (int i = 0; i < 100; i++)
            {
                Assert.Throws<LinuxException>(() => _worker.Watch(file, EpollEvents.In, handler));
            }

            Assert.Equal(1, _worker.WatchSlots);
        });
        WatchedFd? watch = null;
        await Invoke(() => watch = _worker.Watch(fd.Fd, EpollEvents.In, handler));
        fd.Signal();
        await Wait(handler.Called);
        await Invoke(watch!.Dispose);
    }

    [Fact]
    public async Task More_watches_than_one_wait_fetches_are_all_served()
    {
        EventFd[] fds = Enumerable.Range(0, 150).Select(_ => EventFd.Create()).ToArray();
        Handler[] handlers = fds.Select(_ => new Handler()).ToArray();
        var watches = new List<WatchedFd>();
        await Invoke(() =>
        {
            for (int i = 0; i < fds.Length; i++)
            {
                watches.Add(_worker.Watch(fds[i].Fd, EpollEvents.In, handlers[i]));
                fds[i].Signal();
            }
        });
        await Task.WhenAll(handlers.Select(h => Wait(h.Called)));
        await Invoke(() => watches.ForEach(w => w.Dispose()));
        Array.ForEach(fds, fd => fd.Dispose());
    }

    [Fact]
    public async Task A_faulting_handler_is_told_and_the_loop_goes_on()
    {
        using EventFd fd = EventFd.Create();
        var fault = new InvalidOperationException("handler");
        WatchedFd? watch = null;
        var handler = new Handler { Do = () => throw fault };
        handler.DoOnFault = () => watch!.Dispose();
        await Invoke(() => watch = _worker.Watch(fd.Fd, EpollEvents.In, handler));
        fd.Signal();
        await Wait(handler.Called);
        await Rounds(2);
        Assert.Equal((1, fault), (handler.Calls, Assert.Single(handler.Faults)));
        Assert.Empty(_faults);
    }

    [Fact]
    public async Task Items_that_always_have_work_take_turns_and_let_others_in()
    {
        var order = new List<int>();
        var items = Enumerable.Range(0, 3).Select(n => new Item(() => { order.Add(n); return order.Count < 300; })).ToArray();
        bool posted = false;
        var item = new Item(() => !posted); // works until an action that was posted meanwhile has run
        await Invoke(() => Array.ForEach(items, _worker.Schedule));
        await Invoke(() => _worker.Schedule(item));
        await Invoke(() => posted = true);
        await Rounds(400);

        Assert.True(order.Count >= 300);
        Assert.All(order.Take(300).Select((n, i) => (n, i)), turn => Assert.Equal(turn.i % 3, turn.n));
        Assert.False(item.IsScheduled);
    }

    [Fact]
    public async Task An_item_stands_in_line_once()
    {
        int runs = 0;
        Item? item = null;
        item = new Item(() =>
        {
            _worker.Schedule(item!);
            return ++runs < 5;
        });
        await Invoke(() =>
        {
            _worker.Schedule(item);
            _worker.Schedule(item);
        });
        await Rounds(3);
        await Invoke(() => item.Work = () => false);
        await Rounds(2);
        Assert.False(item.IsScheduled);
        int before = item.Runs;
        await Invoke(() => { _worker.Schedule(item); _worker.Schedule(item); });
        await Rounds(2);
        Assert.Equal(before + 1, item.Runs);
    }

    [Fact]
    public async Task A_faulting_item_is_told_and_leaves_the_line_to_the_others()
    {
        var fault = new InvalidOperationException("item");
        var bad = new Item(() => throw fault);
        int turns = 0;
        var good = new Item(() => ++turns < 10);
        await Invoke(() =>
        {
            _worker.Schedule(bad);
            _worker.Schedule(good);
        });
        await Rounds(15);
        Assert.Equal((10, 1, fault), (turns, bad.Runs, Assert.Single(bad.Faults)));
        Assert.False(bad.IsScheduled);
    }

    [Fact]
    public async Task Timers_run_in_the_order_of_their_time_and_of_their_setting()
    {
        var order = new List<int>();
        var done = NewSignal();
        await Invoke(() =>
        {
            _worker.RunAfter(TimeSpan.FromMilliseconds(60), () => { order.Add(1000); done.SetResult(); });
            _worker.RunAfter(TimeSpan.FromMilliseconds(30), () => order.Add(500));
            for (int i = 0; i < 100; i++)
            {
                int number = i;
                _worker.RunAfter(TimeSpan.FromMilliseconds(-i), () => order.Add(number));
            }
        });
        await Wait(done);
        Assert.Equal([.. Enumerable.Range(0, 100), 500, 1000], order);
    }

    [Fact]
    public async Task A_timer_of_no_delay_waits_for_the_next_round()
    {
        var rounds = new List<int>();
        int round = 0;
        var counter = new Item(() => ++round > 0 && rounds.Count < 20);
        var done = NewSignal();
        await Invoke(() =>
        {
            _worker.Schedule(counter);
            Again();
        });
        await Wait(done);
        Assert.Equal(rounds.Skip(1).Distinct(), rounds.Skip(1)); // the first is set before its round

        void Again()
        {
            rounds.Add(round);
            if (rounds.Count < 20)
            {
                _worker.RunAfter(TimeSpan.Zero, Again);
            }
            else
            {
                done.SetResult();
            }
        }
    }

    [Fact]
    public async Task Actions_and_timers_that_set_themselves_again_let_others_in()
    {
        using EventFd fd = EventFd.Create();
        var handler = new Handler();
        bool stop = false;
        var watches = new List<WatchedFd>();
        await Invoke(() =>
        {
            Repeat(_worker.Post);
            Repeat(action => _worker.RunAfter(TimeSpan.Zero, action));
            watches.Add(_worker.Watch(fd.Fd, EpollEvents.In, handler));
        });
        fd.Signal();
        await Wait(handler.Called);
        await Invoke(() => { stop = true; watches[0].Dispose(); });

        void Repeat(Action<Action> again)
        {
            if (!stop)
            {
                again(() => Repeat(again));
            }
        }
    }

    [Fact]
    public async Task Dispose_runs_what_was_posted_and_ends_the_thread()
    {
        for (int i = 0; i < 50; i++)
        {
            Thread? thread = null;
            int ran = 0;
            var worker = new Worker("short", _faults.Enqueue);
            Task invoked = worker.InvokeAsync(() => thread = Thread.CurrentThread);
            for (int n = 0; n < 100; n++)
            {
                worker.Post(() => ran++);
            }

            worker.Dispose();
            worker.Dispose();
            Assert.False(thread!.IsAlive);
            Assert.Equal(100, ran);
            await invoked.WaitAsync(s_deadline, TestContext.Current.CancellationToken);
            await Assert.ThrowsAsync<ObjectDisposedException>(() => worker.InvokeAsync(() => ran++).WaitAsync(s_deadline, TestContext.Current.CancellationToken));
            worker.Post(() => ran++);
            Assert.Equal(100, ran);
        }
    }

    [Fact]
    public void What_is_posted_while_the_last_round_runs_runs_too()
    {
        int ran = 0;
        var worker = new Worker("short", _faults.Enqueue);
        var disposing = new Thread(worker.Dispose);
        worker.Post(() =>
        {
            worker.Post(() => ran++);
            disposing.Start();
            Assert.True(SpinWait.SpinUntil(() => (disposing.ThreadState & ThreadState.WaitSleepJoin) != 0, s_deadline));
        });
        worker.Post(() => ran++);
        Assert.True(SpinWait.SpinUntil(() => disposing.ThreadState == ThreadState.Stopped, s_deadline));
        Assert.Equal(2, ran);
        Assert.Empty(_faults);
    }

    [Fact]
    public async Task An_invocation_that_races_with_Dispose_always_ends()
    {
        for (int i = 0; i < 200; i++)
        {
            var worker = new Worker("short", _faults.Enqueue);
            Task disposing = Task.Run(worker.Dispose, TestContext.Current.CancellationToken);
            for (int n = 0; n < 20; n++)
            {
                Task invoked = worker.InvokeAsync(() => { });
                await Task.WhenAny(invoked).WaitAsync(s_deadline, TestContext.Current.CancellationToken);
                Assert.True(invoked.IsCompletedSuccessfully || invoked.Exception!.InnerException is ObjectDisposedException);
            }

            await disposing.WaitAsync(s_deadline, TestContext.Current.CancellationToken);
        }
    }

    [Fact]
    public async Task A_processor_that_does_not_exist_is_reported_and_the_worker_works()
    {
        using var worker = new Worker("pinned", _faults.Enqueue, cpu: 1000);
        await worker.InvokeAsync(() => { }).WaitAsync(s_deadline, TestContext.Current.CancellationToken);
        Assert.Single(_faults);
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private static Task Wait(TaskCompletionSource signal) => signal.Task.WaitAsync(s_deadline, TestContext.Current.CancellationToken);

    private Task Invoke(Action action) => _worker.InvokeAsync(action).WaitAsync(s_deadline, TestContext.Current.CancellationToken);

    private async Task Rounds(int count)
    {
        for (int i = 0; i < count; i++)
        {
            await Invoke(() => { });
        }
    }

    private sealed class Handler : IReadyHandler
    {
        public TaskCompletionSource Called { get; } = NewSignal();

        public List<Exception> Faults { get; } = [];

        public EpollEvents Seen { get; private set; }

        public int Calls { get; private set; }

        public Action? Do { get; set; }

        public Action? DoOnFault { get; set; }

        public void OnReady(EpollEvents events)
        {
            Calls++;
            Seen = events;
            Called.TrySetResult();
            Do?.Invoke();
        }

        public void OnFault(Exception fault)
        {
            Faults.Add(fault);
            DoOnFault?.Invoke();
        }
    }

    private sealed class Item(Func<bool> work) : WorkItem
    {
        public Func<bool> Work { get; set; } = work;

        public List<Exception> Faults { get; } = [];

        public int Runs { get; private set; }

        protected internal override bool Run()
        {
            Runs++;
            return Work();
        }

        protected internal override void OnFault(Exception fault) => Faults.Add(fault);
    }
}
