using FastRing.Interop;
using FastRing.Workers;
using Xunit;

namespace FastRing.Tests.Workers;

/// <summary>Posting, invoking, timers and the end of a worker.</summary>
public class WorkerTests : WorkerFixture
{
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
                Worker.Post(() =>
                {
                    Assert.True(Worker.IsCurrent);
                    Assert.Equal(number, ++last[t]);
                    ran++;
                });
            }
        })).ToArray();
        await Task.WhenAll(posters).WaitAsync(s_deadline, TestContext.Current.CancellationToken);
        await Invoke(() => { });

        Assert.Empty(Faults);
        Assert.Equal(Threads * Each, ran);
        Assert.False(Worker.IsCurrent);
    }

    [Fact]
    public async Task An_exception_comes_back_from_InvokeAsync_and_the_loop_goes_on()
    {
        var thrown = new InvalidOperationException("mine");
        Assert.Same(thrown, await Assert.ThrowsAsync<InvalidOperationException>(() => Invoke(() => throw thrown)));
        Assert.Empty(Faults);
        await Invoke(() => { });
    }

    [Fact]
    public async Task Exceptions_of_posted_actions_and_timers_are_reported_and_the_loop_goes_on()
    {
        var posted = new InvalidOperationException("posted");
        var timer = new InvalidOperationException("timer");
        var done = NewSignal();
        Worker.Post(() => throw posted);
        Worker.Post(() =>
        {
            Worker.RunAfter(TimeSpan.Zero, () => throw timer);
            Worker.RunAfter(TimeSpan.Zero, done.SetResult);
        });
        await Wait(done);
        Assert.Equal([posted, timer], Faults);
    }

    [Fact]
    public async Task Timers_run_in_the_order_of_their_time_and_of_their_setting()
    {
        var order = new List<int>();
        var done = NewSignal();
        await Invoke(() =>
        {
            Worker.RunAfter(TimeSpan.FromMilliseconds(60), () => { order.Add(1000); done.SetResult(); });
            Worker.RunAfter(TimeSpan.FromMilliseconds(30), () => order.Add(500));
            for (int i = 0; i < 100; i++)
            {
                int number = i;
                Worker.RunAfter(TimeSpan.FromMilliseconds(-i), () => order.Add(number));
            }
        });
        await Wait(done);
        Assert.Equal([.. Enumerable.Range(0, 100), 500, 1000], order);
    }

    [Fact]
    public async Task Actions_and_timers_that_set_themselves_again_let_others_in()
    {
        using EventFd fd = EventFd.Create();
        var handler = new RecordingHandler();
        bool stop = false;
        var watches = new List<WatchedFd>();
        await Invoke(() =>
        {
            Repeat(Worker.Post);
            Repeat(action => Worker.RunAfter(TimeSpan.Zero, action));
            watches.Add(Worker.Watch(fd.Fd, EpollEvents.In, handler));
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
            var worker = new Worker("short", Faults.Enqueue);
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
            Task late = worker.InvokeAsync(() => ran++);
            await Assert.ThrowsAsync<ObjectDisposedException>(() => late.WaitAsync(s_deadline, TestContext.Current.CancellationToken));
            worker.Post(() => ran++);
            Assert.Equal(100, ran);
        }
    }

    [Fact]
    public void What_is_posted_while_the_last_round_runs_runs_too()
    {
        int ran = 0;
        var worker = new Worker("short", Faults.Enqueue);
        var disposing = new Thread(worker.Dispose);
        using var bothPosted = new ManualResetEventSlim();
        worker.Post(() =>
        {
            worker.Post(() => ran++);
            bothPosted.Wait();
            disposing.Start();
            Assert.True(SpinWait.SpinUntil(() => (disposing.ThreadState & ThreadState.WaitSleepJoin) != 0, s_deadline));
        });
        worker.Post(() => ran++);
        bothPosted.Set();
        Assert.True(SpinWait.SpinUntil(() => disposing.ThreadState == ThreadState.Stopped, s_deadline));
        Assert.Equal(2, ran);
        Assert.Empty(Faults);
    }

    [Fact]
    public async Task An_invocation_that_races_with_Dispose_always_ends()
    {
        for (int i = 0; i < 200; i++)
        {
            var worker = new Worker("short", Faults.Enqueue);
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
    public async Task A_processor_that_does_not_exist_is_reported_and_theWorker_works()
    {
        using var worker = new Worker("pinned", Faults.Enqueue, cpu: 1000);
        await worker.InvokeAsync(() => { }).WaitAsync(s_deadline, TestContext.Current.CancellationToken);
        Assert.Single(Faults);
    }

    [Fact]
    public async Task A_worker_is_quiet_once_after_every_activity()
    {
        int quiet = 0;
        var signals = new[] { NewSignal(), NewSignal() };
        await Invoke(() => Worker.Quiet += () => signals[quiet++].SetResult());
        await Wait(signals[0]);
        await Invoke(() => { });
        await Wait(signals[1]);
        Assert.Equal(2, quiet);
        Assert.Empty(Faults);
    }

    /// <summary>
    /// The line does not end before the descriptor was seen. A worker that sleeps asks the kernel after every round; one that polls may have
    /// given its descriptors to a thread that watches them, and sees them when that thread has run.
    /// </summary>
    [Fact]
    public async Task A_line_longer_than_a_round_does_not_keep_descriptors_waiting()
    {
        const int Items = 100;
        int turnsAtWake = 0;
        int turns = 0;
        using EventFd signal = EventFd.Create();
        WatchedFd? watch = null;
        TaskCompletionSource woken = NewSignal();
        await Invoke(() =>
        {
            watch = Worker.Watch(signal.Fd, EpollEvents.In, new OnReadyAction(() =>
            {
                signal.Drain();
                turnsAtWake = turns;
                woken.TrySetResult();
            }));
            signal.Signal();
            for (int i = 0; i < Items; i++)
            {
                Worker.Schedule(new Turns(() => ++turns > 0 && !woken.Task.IsCompleted));
            }
        });
        await Wait(woken);
        await Invoke(watch!.Dispose);

        Assert.InRange(turnsAtWake, 0, Worker.WaitStrategy.Polls ? int.MaxValue : Items / 2);
    }

    private sealed class Turns(Func<bool> turn) : WorkItem
    {
        protected internal override bool Run() => turn();

        protected internal override void OnFault(Exception fault) => throw fault;
    }

    private sealed class OnReadyAction(Action action) : IReadyHandler
    {
        public void OnReady(EpollEvents events) => action();

        public void OnFault(Exception fault) => throw fault;
    }
}
