namespace FastRing.Workers;

/// <summary>Actions and when they are due, in nanoseconds of <see cref="MonotonicClock"/>.</summary>
internal sealed class DueActions
{
    private readonly PriorityQueue<Action, (long Due, long Number)> _actions = new();
    private long _added;

    public bool IsEmpty => _actions.Count == 0;

    /// <summary>When the first is due; <see cref="long.MaxValue"/> when there is none.</summary>
    public long NextDue => _actions.TryPeek(out _, out var next) ? next.Due : long.MaxValue;

    /// <summary>The mark for <see cref="TryTake"/>: nothing added later passes it.</summary>
    public long Mark => _added;

    public void Add(long due, Action action) => _actions.Enqueue(action, (due, _added++));

    /// <summary>Takes out the first that is due and was added before <paramref name="mark"/>: an action that sets a timer of no delay gets its turn later.</summary>
    public bool TryTake(long now, long mark, out Action action)
    {
        bool isDue = _actions.TryPeek(out action!, out var next) && next.Due <= now && next.Number < mark;
        if (isDue)
        {
            _actions.Dequeue();
        }

        return isDue;
    }
}
