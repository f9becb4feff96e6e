using System.Threading.Tasks.Sources;

namespace FastRing.Console.Endpoints.Pipes;

/// <summary>
/// What one caller at a time awaits, again and again without allocating. All of it happens on one worker's thread, where the rest of
/// the caller's method runs too, within <see cref="Set"/>.
/// </summary>
internal sealed class Awaited<T> : IValueTaskSource<T>
{
    private ManualResetValueTaskSourceCore<T> _core;

    /// <summary>Somebody was given a task that is not complete.</summary>
    public bool IsPending { get; private set; }

    /// <summary>The next task.</summary>
    public ValueTask<T> Begin()
    {
        _core.Reset();
        IsPending = true;
        return new ValueTask<T>(this, _core.Version);
    }

    /// <summary>Completes the task; what awaits it runs before this returns.</summary>
    public void Set(T result)
    {
        IsPending = false;
        _core.SetResult(result);
    }

    /// <summary>Fails the task; what awaits it runs before this returns.</summary>
    public void Fail(Exception error)
    {
        IsPending = false;
        _core.SetException(error);
    }

    T IValueTaskSource<T>.GetResult(short token) => _core.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource<T>.GetStatus(short token) => _core.GetStatus(token);

    void IValueTaskSource<T>.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags)
    {
        // It is set on the worker's thread: by way of the worker's context the rest would run there too, but later, and for a closure.
        bool isPending = _core.GetStatus(token) == ValueTaskSourceStatus.Pending;
        _core.OnCompleted(continuation, state, token, isPending ? flags & ~ValueTaskSourceOnCompletedFlags.UseSchedulingContext : flags);
    }
}
