namespace FastRing.Workers;

/// <content>
/// Polling. A round looks at the memory of whatever is polled, at the mark of posted actions and at the line; no round reads the clock or
/// makes a system call. Every so many rounds is a tick, which reads the clock once for everything that needs it.
/// <para>
/// Descriptors: as long as some turn up, the worker asks the kernel itself, every <see cref="LookPeriod"/>. Once none has for
/// <see cref="ColdAfter"/>, a <see cref="Sentinel"/> watches them.
/// </para>
/// </content>
public sealed partial class Worker
{
    private const int EmptyRoundsPerTick = 32;
    private const int WorkingRound = 8; // A round with work takes as long as this many without.
    private const long LookPeriod = 10 * MonotonicClock.Microsecond;
    private const long ColdAfter = 1 * MonotonicClock.Millisecond;

    private readonly PolledSet _polled = new();
    private volatile WaitStrategy _strategy = WaitStrategy.Sleep;
    private volatile bool _isPolling;
    private Sentinel? _sentinel;
    private PollBudget _budget;
    private long _idleSince;  // When work was last seen, while polling or before sleeping over it.
    private bool _sleepsOver; // It sleeps, and what ends that tells whether it should have polled.
    private long _lookedAt;
    private long _readyAt;    // When a descriptor last was.

    /// <summary>What the worker does while there is nothing to do; <see cref="WaitStrategy.Sleep"/> unless set. Any thread, at any time.</summary>
    public WaitStrategy WaitStrategy
    {
        get => _strategy;
        set
        {
            ArgumentNullException.ThrowIfNull(value);
            _strategy = value;
            Wake(); // One that sleeps would go on sleeping.
        }
    }

    /// <summary>Something to poll, whenever the strategy is to poll. Worker thread only.</summary>
    public void AddPolled(IPolled item)
    {
        _polled.Add(item);
        if (_isPolling)
        {
            item.BeginPolling();
        }
    }

    /// <summary>It is polled no more; <see cref="IPolled.EndPolling"/> is not called. Worker thread only.</summary>
    public void RemovePolled(IPolled item) => _polled.Remove(item);

    /// <summary>Polls until the strategy is another, or has the worker sleep.</summary>
    private void PollThrough(WaitStrategy strategy)
    {
        if (strategy.Sleeps && (_sleepsOver || _budget.Nanoseconds == 0))
        {
            BeginIdle(); // Until a descriptor ends it: that it only was a timer's turn is no reason to poll.
            return;
        }

        BeginPolling();
        bool worked = false;
        int rounds = 0;
        while (!_stopping && ReferenceEquals(_strategy, strategy) && _polled.Count > 0)
        {
            if (Round())
            {
                worked = true;
                rounds += WorkingRound;
            }
            else
            {
                rounds++;
                Thread.SpinWait(1);
            }

            // A turn takes long: those in line that had none yet must not keep a descriptor waiting.
            if (rounds >= EmptyRoundsPerTick || _lineLength > 0)
            {
                rounds = 0;
                if (!Tick(strategy, worked))
                {
                    break;
                }

                worked = false;
            }
        }

        EndPolling();
    }

    private void BeginPolling()
    {
        _isPolling = true;
        _polled.Begin();
        _readyAt = _idleSince = MonotonicClock.Now;
        _sleepsOver = false;
    }

    /// <summary>Notifications are asked for again, and nothing that came before is left behind.</summary>
    private void EndPolling()
    {
        _sentinel?.Disarm();
        if (!_strategy.Polls || _polled.Count == 0)
        {
            _sentinel?.Dispose();
            _sentinel = null;
        }

        _polled.End();
        _isPolling = false;

        // Store-load: pairs with the exchange in Post.
        Interlocked.MemoryBarrier();
        RunMarked();
    }

    /// <summary>No system call and no look at the clock.</summary>
    /// <returns>True when there was work.</returns>
    private bool Round()
    {
        bool worked = _polled.Poll();
        worked |= RunMarked();
        if (_sentinel is { IsArmed: true, HasSeen: true } sentinel)
        {
            sentinel.Disarm();
            _readyAt = _lookedAt = MonotonicClock.Now;
            worked |= DispatchReady(0) > 0;
        }

        if (_lineLength > 0)
        {
            RunLine();
            worked = true;
        }

        return worked;
    }

    private bool RunMarked()
    {
        bool isMarked = Volatile.Read(ref _wakePending) != 0;
        if (isMarked)
        {
            RunPosted();
        }

        return isMarked;
    }

    /// <summary>Whatever needs the clock.</summary>
    /// <returns>False when it is time to sleep.</returns>
    private bool Tick(WaitStrategy strategy, bool worked)
    {
        long now = MonotonicClock.Now;
        LookForLosses();
        worked |= RunTimers(now);
        worked |= LookAtDescriptors(now);
        if (worked)
        {
            _idleSince = now;
            _isQuiet = false;
            return true;
        }

        if (!_isQuiet && now - _idleSince > QuietAfter)
        {
            _isQuiet = true;
            RaiseQuiet();
        }

        if (!strategy.Sleeps || now - _idleSince < _budget.Nanoseconds)
        {
            return true;
        }

        _sleepsOver = true;
        return false;
    }

    /// <summary>Asks the kernel, or has it watched: see above.</summary>
    /// <returns>True when a descriptor was ready.</returns>
    private bool LookAtDescriptors(long now)
    {
        bool isEarly = now - _lookedAt < LookPeriod && _lineLength == 0;
        if (isEarly || _sentinel is { IsArmed: true })
        {
            return false;
        }

        _lookedAt = now;
        bool anyReady = DispatchReady(0) > 0;
        if (anyReady)
        {
            _readyAt = now;
        }
        else if (now - _readyAt > ColdAfter)
        {
            _sentinel ??= new Sentinel(Epoll, $"{_thread.Name} fds");
            _sentinel.Arm();
        }

        return anyReady;
    }

    /// <summary>Goes to sleep without polling; what wakes it tells whether it should have.</summary>
    private void BeginIdle()
    {
        if (!_sleepsOver)
        {
            _sleepsOver = true;
            _idleSince = MonotonicClock.Now;
        }
    }

    /// <summary>A descriptor woke the worker.</summary>
    private void EndIdle()
    {
        if (_sleepsOver)
        {
            _sleepsOver = false;
            _budget.Adapt(MonotonicClock.Now - _idleSince, MonotonicClock.Nanoseconds(_strategy.MaxBudget));
        }
    }
}
