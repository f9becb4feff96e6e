using FastRing.Workers;

namespace FastRing.Host.Keeping;

/// <summary>A worker of another version is to take over. Keeper's thread only.</summary>
/// <param name="program">What it runs.</param>
/// <param name="told">Called once with what became of it: the worker's number, or why there is none.</param>
internal sealed class Upgrade(string program, Action<int?, string?> told)
{
    /// <summary>How long the new worker may take from its start until it serves.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    private bool _isTold;

    public string Program { get; } = program;

    /// <summary>The worker that is to take over; null: there is none yet, or any more.</summary>
    public KeptProcess? Candidate { get; set; }

    /// <summary>It is given up.</summary>
    public event Action<Upgrade>? Failed;

    public void Watch(Worker worker) => worker.RunAfter(s_patience, () => Fail("its worker did not get ready in time"));

    /// <summary>It is done, and whoever asked for it is told a little later.</summary>
    public void Succeed(int process, Worker worker, TimeSpan later)
    {
        if (!_isTold)
        {
            _isTold = true;
            worker.RunAfter(later, () => told(process, null));
        }
    }

    public void Fail(string why)
    {
        if (!_isTold)
        {
            _isTold = true;
            told(null, why);
            Failed?.Invoke(this);
        }
    }
}
