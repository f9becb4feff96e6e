using FastRing.Workers;

namespace FastRing.VhostUser.Backend;

/// <summary>How long a message may stay in pieces.</summary>
/// <remarks>
/// A worker's timer can't be taken back, so there is one at a time however many messages come in pieces, and it looks at what
/// holds when it fires. Once disposed it keeps nothing alive: frontends can come and go faster than timers run out.
/// </remarks>
internal sealed class MessageDeadline(Worker worker, TimeSpan limit, Action missed) : IDisposable
{
    private const long None = long.MaxValue;
    private Action? _missed = missed;
    private long _at = None;
    private bool _timerRuns;

    /// <summary>The message is in pieces. Counts from the first time.</summary>
    public void Begin()
    {
        if (_at == None)
        {
            _at = Environment.TickCount64 + (long)limit.TotalMilliseconds;
            StartTimer();
        }
    }

    /// <summary>The message is whole.</summary>
    public void End() => _at = None;

    public void Dispose()
    {
        _missed = null;
        _at = None;
    }

    private void StartTimer()
    {
        if (!_timerRuns)
        {
            _timerRuns = true;
            worker.RunAfter(TimeSpan.FromMilliseconds(Math.Max(1, _at - Environment.TickCount64)), OnTimer);
        }
    }

    private void OnTimer()
    {
        _timerRuns = false;
        if (_at == None)
        {
            return;
        }

        if (Environment.TickCount64 >= _at)
        {
            _missed?.Invoke();
        }
        else
        {
            StartTimer();
        }
    }
}
