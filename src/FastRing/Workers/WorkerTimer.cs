using FastRing.Queues;

namespace FastRing.Workers;

/// <summary>A timer that is started over and over, without allocating. Worker thread only.</summary>
public sealed class WorkerTimer : INotificationTimer
{
    private const long Never = long.MaxValue;
    private readonly Worker _worker;
    private readonly Action _action;
    private readonly Action _onDue;
    private long _due = Never;
    private long _waited = Never; // The earliest call that the worker owes.

    /// <summary>Makes a timer that is not started.</summary>
    /// <param name="worker">Runs the action.</param>
    /// <param name="action">What to do when it is due.</param>
    public WorkerTimer(Worker worker, Action action)
    {
        _worker = worker;
        _action = action;
        _onDue = OnDue;
    }

    /// <inheritdoc/>
    public long Now => MonotonicClock.Now;

    /// <summary>Runs the action once <paramref name="delay"/> has passed, instead of whatever was started before.</summary>
    public void Start(TimeSpan delay)
    {
        _due = MonotonicClock.Now + MonotonicClock.Nanoseconds(delay);
        WaitForDue();
    }

    /// <summary>Does not run the action.</summary>
    public void Clear() => _due = Never;

    /// <summary>One that was moved later leaves the worker's call as it is, and asks for another when that comes.</summary>
    private void WaitForDue()
    {
        if (_due < _waited)
        {
            _waited = _due;
            _worker.RunAt(_due, _onDue);
        }
    }

    private void OnDue()
    {
        long now = MonotonicClock.Now;
        _waited = now >= _waited ? Never : _waited;
        if (now < _due)
        {
            WaitForDue();
            return;
        }

        _due = Never;
        _action();
    }
}
