namespace FastRing.Workers;

/// <content>The line of those who have something to do, and their turns.</content>
public sealed partial class Worker
{
    private const int TurnsPerRound = 16;

    private WorkItem? _firstInLine;
    private WorkItem? _lastInLine;
    private int _lineLength;

    /// <summary>Turns given so far to those in line. Any thread.</summary>
    public ulong Turns { get; private set; }

    /// <summary>Somebody stands in line: besides the item that asks, if it is having its turn. Worker thread only.</summary>
    public bool HasItemsInLine => _firstInLine is not null;

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

    /// <summary>
    /// One round: those in line get a turn each, and those they bring there, until it is the turn again of one that had more to do. Then, or after so many
    /// turns, descriptors are looked at again: a long line is no reason to keep a kick waiting.
    /// </summary>
    private void RunLine()
    {
        WorkItem? again = null;
        for (int left = TurnsPerRound; left > 0 && _firstInLine is { } item && item != again; left--)
        {
            _firstInLine = item.NextInLine;
            _lastInLine = _firstInLine is null ? null : _lastInLine;
            _lineLength--;
            item.IsScheduled = false;
            Turns++;
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

            // Also one that brought itself: what it waits for may be a descriptor, and more of it with the next look.
            again ??= item.IsScheduled ? item : null;
        }
    }
}
