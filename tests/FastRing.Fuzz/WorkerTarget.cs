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
