using System.Collections.Concurrent;
using FastRing.Interop;

namespace FastRing.Workers;

/// <summary>
/// One thread that runs the rings and the file descriptors of its devices in one epoll loop. Whatever belongs to a worker is
/// touched on its thread only; other threads get in with <see cref="Post"/> and <see cref="InvokeAsync"/>.
/// </summary>
public sealed class Worker : IDisposable
{
    private const int EventsPerWait = 64;
    private const ulong WakeToken = 0;
    private const int QuietAfterMilliseconds = 1000;
    private const int TurnsPerRound = 16;

    private readonly EventFd _wake = EventFd.Create();
    private readonly ConcurrentQueue<Action> _posted = new();
    private readonly PriorityQueue<Action, (long Due, long Number)> _timers = new();
    private readonly Action<Exception> _onFault;
    private readonly Thread _thread;
    private readonly int? _cpu;
    private Slot[] _watches = new Slot[16];
    private readonly Stack<int> _freeWatches = new();
    private int _watchCount;
    private WorkItem? _firstInLine;
    private WorkItem? _lastInLine;
    private int _lineLength;
    private long _timersSet;
    private int _wakePending;
    private bool _isQuiet;
    private volatile bool _stopping;
    private volatile bool _ended;

    /// <summary>Starts the thread.</summary>
    /// <param name="name">Name of the thread.</param>
    /// <param name="onFault">Told of exceptions that escape posted actions and timers; called on the worker's thread.</param>
    /// <param name="cpu">Processor to pin the thread to; null: none.</param>
    public Worker(string name, Action<Exception> onFault, int? cpu = null)
    {
        _onFault = onFault;
        _cpu = cpu;
        Epoll.Add(_wake.Fd, EpollEvents.In, WakeToken);
        _thread = new Thread(Loop) { Name = name, IsBackground = true };
        _thread.Start();
    }

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

    /// <summary>Puts an item at the end of the line, unless it stands there already. Worker thread only.</summary>
    public void Schedule(WorkItem item)
    {
        if (item.IsScheduled)
        {
            return;
        }

        item.IsScheduled = true;
        item.NextInLine = null;
        if (_lastInLine is null)
        {
            _firstInLine = item;
        }
        else
        {
            _lastInLine.NextInLine = item;
        }

        _lastInLine = item;
        _lineLength++;
    }

    /// <summary>Runs <paramref name="action"/> on the worker's thread, soon. Any thread.</summary>
    public void Post(Action action)
    {
        _posted.Enqueue(action);
        if (Interlocked.Exchange(ref _wakePending, 1) == 0)
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

    /// <summary>Runs <paramref name="action"/> on the worker's thread after <paramref name="delay"/>. Worker thread only.</summary>
    public void RunAfter(TimeSpan delay, Action action) =>
        _timers.Enqueue(action, (Environment.TickCount64 + Math.Max(0, (long)delay.TotalMilliseconds), _timersSet++));

    /// <summary>Stops the loop after the current round, runs what was posted before, and waits for the thread to end. Not on the worker's thread.</summary>
    public void Dispose()
    {
        if (!_stopping)
        {
            _stopping = true;
            _wake.Signal();
            _thread.Join();
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
        if (_cpu is int cpu)
        {
            Guarded(() => CpuAffinity.Set(cpu));
        }

        Span<EpollReady> ready = stackalloc EpollReady[EventsPerWait];
        while (!_stopping)
        {
            int timeout = TimeoutMilliseconds();
            bool listensForQuiet = !_isQuiet && (timeout < 0 || timeout > QuietAfterMilliseconds);
            int count = Epoll.Wait(ready, listensForQuiet ? QuietAfterMilliseconds : timeout);
            _isQuiet = count == 0 && (_isQuiet || listensForQuiet);
            if (listensForQuiet && _isQuiet)
            {
                Guarded(() => Quiet?.Invoke());
            }

            for (int i = 0; i < count; i++)
            {
                Dispatch(ready[i]);
            }

            RunTimers();
            RunLine();
        }

        _ended = true;
        RunPosted();
    }

    private int TimeoutMilliseconds()
    {
        if (_lineLength > 0)
        {
            return 0;
        }

        return _timers.TryPeek(out _, out var next) ? (int)Math.Clamp(next.Due - Environment.TickCount64, 0, int.MaxValue) : -1;
    }

    private void Dispatch(in EpollReady ready)
    {
        if (ready.Token == WakeToken)
        {
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
        _wake.Drain();

        // Cleared before the queue is read: pairs with the exchange in Post, so an action posted from here on wakes again.
        Interlocked.Exchange(ref _wakePending, 0);
        // Only what is there now: an action that posts itself again must not keep the worker from its descriptors.
        for (int left = _posted.Count; left > 0 && _posted.TryDequeue(out Action? action); left--)
        {
            Guarded(action);
        }
    }

    private void RunTimers()
    {
        long now = Environment.TickCount64;
        long end = _timersSet; // An action that sets a timer of no delay gets its turn in the next round.
        while (_timers.TryPeek(out Action? action, out var next) && next.Due <= now && next.Number < end)
        {
            _timers.Dequeue();
            Guarded(action);
        }
    }

    /// <summary>One round: the first in line get a turn each, then descriptors are looked at again; a long line is no reason to keep a kick waiting.</summary>
    private void RunLine()
    {
        for (int left = Math.Min(_lineLength, TurnsPerRound); left > 0; left--)
        {
            WorkItem item = _firstInLine!;
            _firstInLine = item.NextInLine;
            _lastInLine = _firstInLine is null ? null : _lastInLine;
            _lineLength--;
            item.IsScheduled = false;
            try
            {
                if (item.Run())
                {
                    Schedule(item);
                }
            }
            catch (Exception e)
            {
                item.OnFault(e);
            }
        }
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
