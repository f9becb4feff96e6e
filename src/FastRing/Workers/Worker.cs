using System.Collections.Concurrent;
using FastRing.Interop;

namespace FastRing.Workers;

/// <summary>
/// One thread that runs the rings and the file descriptors of its devices in one epoll loop. Whatever belongs to a worker is
/// touched on its thread only; other threads get in with <see cref="Post"/> and <see cref="InvokeAsync"/>. What it does when there is
/// nothing to do is its <see cref="WaitStrategy"/>.
/// </summary>
public sealed partial class Worker : IDisposable
{
    private const int EventsPerWait = 64;
    private const ulong WakeToken = 0;
    private const long QuietAfter = 1000 * MonotonicClock.Millisecond;
    private const int TimerSlackNanoseconds = 1000;

    private readonly EventFd _wake = EventFd.Create();
    private readonly ConcurrentQueue<Action> _posted = new();
    private readonly DueActions _timers = new();
    private readonly EpollReady[] _ready = new EpollReady[EventsPerWait];
    private readonly Action<Exception> _onFault;
    private readonly Thread _thread;
    private readonly int? _cpu;
    private Slot[] _watches = new Slot[16];
    private readonly Stack<int> _freeWatches = new();
    private int _watchCount;
    private int _wakePending;
    private bool _isQuiet;
    private long _activeAt; // When something was last done, while sleeping was possible.
    private volatile bool _stopping;
    private volatile bool _ended;

    /// <summary>Starts the thread.</summary>
    /// <param name="name">Name of the thread.</param>
    /// <param name="onFault">Told of exceptions that escape posted actions and timers; called on the worker's thread, and must not throw.</param>
    /// <param name="cpu">Processor to pin the thread to; null: none.</param>
    public Worker(string name, Action<Exception> onFault, int? cpu = null)
    {
        _onFault = onFault;
        _cpu = cpu;
        Epoll.Add(_wake.Fd, EpollEvents.In, WakeToken);
        _thread = new Thread(Loop) { Name = name, IsBackground = true };
        _thread.Start();
        WorkerMeter.Add(this);
    }

    /// <summary>Name of the thread.</summary>
    public string Name => _thread.Name!;

    /// <summary>Times so far that descriptors were waited for, or looked at, by a call of the kernel. Any thread.</summary>
    public ulong Waits { get; private set; }

    /// <summary>Raised on the worker's thread when nothing has happened for a second; once, until something does. Worker thread only.</summary>
    public event Action? Quiet;

    internal Epoll Epoll { get; } = new();

    /// <summary>Places for watches ever made.</summary>
    internal int WatchSlots => _watchCount;

    /// <summary>True on the worker's own thread.</summary>
    public bool IsCurrent => Thread.CurrentThread == _thread;

    /// <summary>Waits for a file descriptor. Worker thread only; the caller keeps owning the descriptor and disposes the watch first.</summary>
    public WatchedFd Watch(OwnedFd fd, EpollEvents events, IReadyHandler handler)
    {
        if (_freeWatches.Count == 0)
        {
            AddFreeWatch();
        }

        int index = _freeWatches.Peek();
        ref Slot watch = ref _watches[index];
        watch.Generation++;
        ulong token = Token(index, watch.Generation);
        Epoll.Add(fd, events, token); // A descriptor that can't be watched throws: the slot stays free.
        _freeWatches.Pop();
        watch.Handler = handler;
        return new WatchedFd(this, fd, token, events);
    }

    /// <summary>Runs <paramref name="action"/> on the worker's thread, soon. Any thread.</summary>
    public void Post(Action action)
    {
        _posted.Enqueue(action);
        Wake();
    }

    private void Wake()
    {
        // The exchange is a full fence: either this sees that the worker polls no more, or the worker, having said so, sees the mark.
        if (Interlocked.Exchange(ref _wakePending, 1) == 0 && !_isPolling)
        {
            _wake.Signal();
        }
    }

    /// <summary>Runs <paramref name="action"/> on the worker's thread and completes, or fails, when it did. Any thread but the worker's own.</summary>
    /// <returns>Fails with <see cref="ObjectDisposedException"/> when the thread has ended.</returns>
    public Task InvokeAsync(Action action)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Post(() =>
        {
            try
            {
                action();
                done.TrySetResult();
            }
            catch (Exception e)
            {
                done.TrySetException(e);
            }
        });

        // After the post: either the ending thread still finds the action, or this finds the thread ended.
        if (_ended)
        {
            done.TrySetException(new ObjectDisposedException(_thread.Name));
        }

        return done.Task;
    }

    /// <summary>
    /// Runs an asynchronous method on the worker's thread, and after each await the rest of it: code that lives where the device lives, and
    /// must not block. Any thread.
    /// </summary>
    /// <returns>Completes, or fails, when the method did.</returns>
    public async Task RunAsync(Func<Task> method)
    {
        Task? running = null;
        await InvokeAsync(() => running = method()).ConfigureAwait(false);
        await running!.ConfigureAwait(false);
    }

    /// <summary>Runs <paramref name="action"/> on the worker's thread after <paramref name="delay"/>, to some microseconds. Worker thread only.</summary>
    public void RunAfter(TimeSpan delay, Action action) => RunAt(MonotonicClock.Now + MonotonicClock.Nanoseconds(delay), action);

    /// <summary>Runs <paramref name="action"/> on the worker's thread when <see cref="MonotonicClock.Now"/> is <paramref name="due"/>, to some microseconds. Worker thread only.</summary>
    public void RunAt(long due, Action action) => _timers.Add(due, action);

    /// <summary>Stops the loop after the current round, runs what was posted before, and waits for the thread to end. Not on the worker's thread.</summary>
    public void Dispose()
    {
        if (!_stopping)
        {
            _stopping = true;
            _wake.Signal();
            _thread.Join();
            WorkerMeter.Remove(this);
            Epoll.Dispose();
            _wake.Dispose();
        }
    }

    internal void Unwatch(OwnedFd fd, ulong token)
    {
        int index = (int)(uint)token;
        if (_watches[index].Generation == (uint)(token >> 32))
        {
            _watches[index].Handler = null;
            _watches[index].Generation++;
            _freeWatches.Push(index);
            Epoll.Remove(fd);
        }
    }

    private void AddFreeWatch()
    {
        if (_watchCount == _watches.Length)
        {
            Array.Resize(ref _watches, _watchCount * 2);
        }

        _freeWatches.Push(_watchCount++);
    }

    private static ulong Token(int index, uint generation) => (uint)index | ((ulong)generation << 32);

    private void Loop()
    {
        Guarded(SetUpThread);
        while (!_stopping)
        {
            WaitStrategy strategy = _strategy;
            if (strategy.Polls && _polled.Count > 0)
            {
                PollThrough(strategy);
            }

            if (!_stopping)
            {
                SleepOnce();
            }
        }

        _sentinel?.Dispose();
        _ended = true;
        RunPosted();
    }

    private void SetUpThread()
    {
        SynchronizationContext.SetSynchronizationContext(new WorkerSynchronizationContext(this));

        // Otherwise a timer of 20 us is one of 70.
        TimerSlack.Set(TimerSlackNanoseconds);
        _activeAt = MonotonicClock.Now;
        if (_cpu is int cpu)
        {
            CpuAffinity.Set(cpu);
        }
    }

    /// <summary>One round that may sleep.</summary>
    private void SleepOnce()
    {
        long timeout = SleepNanoseconds();
        int count = DispatchReady(!_isQuiet && (timeout < 0 || timeout > QuietAfter) ? QuietAfter : timeout);
        long now = MonotonicClock.Now;

        // A timer that only looks whether there is anything to do is no event; a turn is.
        if (count > 0 || _lineLength > 0)
        {
            _activeAt = now;
            _isQuiet = false;
        }
        else if (!_isQuiet && now - Math.Max(_activeAt, _idleSince) >= QuietAfter)
        {
            _isQuiet = true;
            RaiseQuiet();
        }

        RunTimers(now);
        RunLine();
        LookForLosses();
    }

    private long SleepNanoseconds()
    {
        if (_lineLength > 0)
        {
            return 0;
        }

        return _timers.IsEmpty ? -1 : Math.Max(_timers.NextDue - MonotonicClock.Now, 0);
    }

    /// <summary>Waits for descriptors, and calls those who wait for them.</summary>
    private int DispatchReady(long timeoutNanoseconds)
    {
        Waits++;
        int count = Epoll.WaitNanoseconds(_ready, timeoutNanoseconds);
        if (count > 0)
        {
            EndIdle();
        }

        for (int i = 0; i < count; i++)
        {
            Dispatch(_ready[i]);
        }

        return count;
    }

    private void RaiseQuiet() => Guarded(() => Quiet?.Invoke());

    private void Dispatch(in EpollReady ready)
    {
        if (ready.Token == WakeToken)
        {
            _wake.Drain();
            RunPosted();
            return;
        }

        // A handler earlier in the same batch may have ended this watch, and another may have taken its place: the generation tells.
        ref Slot watch = ref _watches[(uint)ready.Token];
        if (watch.Generation != (uint)(ready.Token >> 32) || watch.Handler is not { } handler)
        {
            return;
        }

        try
        {
            handler.OnReady(ready.Events);
        }
        catch (Exception e)
        {
            handler.OnFault(e);
        }
    }

    private void RunPosted()
    {
        // Cleared before the queue is read: pairs with the exchange in Post, so an action posted from here on wakes again.
        Interlocked.Exchange(ref _wakePending, 0);
        // Only what is there now: an action that posts itself again must not keep the worker from its descriptors.
        for (int left = _posted.Count; left > 0 && _posted.TryDequeue(out Action? action); left--)
        {
            Guarded(action);
        }
    }

    /// <returns>True when there were any.</returns>
    private bool RunTimers(long now)
    {
        bool ran = false;
        for (long mark = _timers.Mark; _timers.TryTake(now, mark, out Action action); ran = true)
        {
            Guarded(action);
        }

        return ran;
    }

    private void Guarded(Action action)
    {
        try
        {
            action();
        }
        catch (Exception e)
        {
            _onFault(e);
        }
    }

    private struct Slot
    {
        public IReadyHandler? Handler;
        public uint Generation;
    }
}
