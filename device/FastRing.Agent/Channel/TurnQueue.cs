namespace FastRing.Agent.Channel;

/// <summary>Lets one in at a time, in the order in which they came. Who gives up while waiting leaves the line at once.</summary>
internal sealed class TurnQueue
{
    private readonly Lock _lock = new();
    private readonly LinkedList<TaskCompletionSource> _waiting = new();
    private TaskCompletionSource? _closed;
    private bool _isTaken;

    /// <summary>How many wait.</summary>
    public int Waiting
    {
        get
        {
            lock (_lock)
            {
                return _waiting.Count;
            }
        }
    }

    /// <summary>Returns when it is the caller's turn, which <see cref="Leave"/> ends.</summary>
    /// <exception cref="ObjectDisposedException">The queue was closed.</exception>
    public ValueTask EnterAsync(CallDeadline deadline)
    {
        LinkedListNode<TaskCompletionSource> place;
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_closed is not null, typeof(AgentChannel));
            if (!_isTaken)
            {
                _isTaken = true;
                return ValueTask.CompletedTask;
            }

            place = _waiting.AddLast(new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        }

        return new ValueTask(WaitAsync(place, deadline.Token));
    }

    /// <summary>Lets the next one in.</summary>
    public void Leave()
    {
        lock (_lock)
        {
            if (_waiting.First is { } next)
            {
                _waiting.Remove(next);
                next.Value.SetResult();
                return;
            }

            _isTaken = false;
            _closed?.TrySetResult();
        }
    }

    /// <summary>Turns everybody away who waits or comes, and returns when nobody is in.</summary>
    public Task CloseAsync()
    {
        lock (_lock)
        {
            if (_closed is null)
            {
                _closed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                foreach (TaskCompletionSource waiting in _waiting)
                {
                    waiting.SetException(new ObjectDisposedException(nameof(AgentChannel)));
                }

                _waiting.Clear();
                if (!_isTaken)
                {
                    _closed.SetResult();
                }
            }

            return _closed.Task;
        }
    }

    private async Task WaitAsync(LinkedListNode<TaskCompletionSource> place, CancellationToken cancellationToken)
    {
        using (cancellationToken.UnsafeRegister(_ => GiveUp(place, cancellationToken), null))
        {
            await place.Value.Task.ConfigureAwait(false);
        }
    }

    private void GiveUp(LinkedListNode<TaskCompletionSource> place, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            if (place.List is not null)
            {
                _waiting.Remove(place);
                place.Value.SetCanceled(cancellationToken);
            }
        }
    }
}
