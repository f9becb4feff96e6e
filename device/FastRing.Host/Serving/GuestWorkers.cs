using FastRing.Workers;
using Microsoft.Extensions.Logging;

namespace FastRing.Host.Serving;

/// <summary>The workers of all guests. Guests that wait alike share as many as there are processors to run them.</summary>
internal sealed class GuestWorkers(ILogger logger) : IDisposable
{
    private readonly List<Shared> _workers = [];
    private int _made;

    /// <summary>A worker for one guest more: a new one while there are processors for it, else the one with the fewest guests among those that wait alike.</summary>
    public Worker Take(WaitStrategy wait, int? cpu)
    {
        List<Shared> alike = [.. _workers.Where(w => w.Wait == wait && w.Cpu == cpu)];
        int most = cpu is null ? Environment.ProcessorCount : 1;
        if (alike.Count < most)
        {
            alike.Clear();
            alike.Add(new Shared(new Worker($"fastring-{_made++}", fault => logger.LogFault(fault), cpu) { WaitStrategy = wait }, wait, cpu));
            _workers.Add(alike[0]);
        }

        Shared taken = alike.MinBy(w => w.Guests)!;
        taken.Guests++;
        return taken.Worker;
    }

    /// <summary>A guest of that worker is gone.</summary>
    public void GiveBack(Worker worker)
    {
        Shared shared = _workers.First(w => w.Worker == worker);
        if (--shared.Guests == 0)
        {
            _workers.Remove(shared);
            worker.Dispose();
        }
    }

    public void Dispose() => _workers.ForEach(w => w.Worker.Dispose());

    private sealed record Shared(Worker Worker, WaitStrategy Wait, int? Cpu)
    {
        public int Guests { get; set; }
    }
}
