using System.Runtime.CompilerServices;
using FastRing.Workers;

namespace FastRing.Fuzz;

/// <summary>A target whose code lives on a worker's thread. What it throws there is a finding, as are faults that the worker is told of.</summary>
internal abstract class WorkerTarget : FuzzTarget
{
    private readonly List<Exception> _faults = [];

    protected WorkerTarget() => Worker = new Worker("fuzz", fault =>
    {
        lock (_faults)
        {
            _faults.Add(fault);
        }
    });

    protected Worker Worker { get; }

    public override void Dispose()
    {
        Worker.Dispose();
        base.Dispose();
    }

    /// <summary>Runs something where the code lives, and waits for it.</summary>
    protected void OnWorker(Action action)
    {
        Worker.InvokeAsync(action).GetAwaiter().GetResult();
        ThrowFaults();
    }

    /// <summary>The same of what goes on over rounds of the worker, at <see cref="Round"/>: handing each over from thread to thread would take longer than all the rest.</summary>
    protected void OnWorker(Func<Task> method)
    {
        Task running = Task.CompletedTask;
        Worker.InvokeAsync(() => running = method()).GetAwaiter().GetResult();
        running.GetAwaiter().GetResult();
        ThrowFaults();
    }

    /// <summary>On the worker's thread, to be awaited: the worker goes round once.</summary>
    protected static YieldAwaitable Round() => Task.Yield();

    private void ThrowFaults()
    {
        lock (_faults)
        {
            if (_faults.Count > 0)
            {
                Exception[] faults = [.. _faults];
                _faults.Clear();
                throw new AggregateException(faults);
            }
        }
    }
}
