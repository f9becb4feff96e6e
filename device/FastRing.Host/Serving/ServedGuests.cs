using FastRing.Workers;
using Microsoft.Extensions.Logging;

namespace FastRing.Host.Serving;

/// <summary>All guests of the process. Those that wait alike share as many workers as there are processors to run them.</summary>
internal sealed class ServedGuests : IDisposable
{
    private readonly List<(Worker Worker, WaitStrategy Wait, int? Cpu)> _workers = [];
    private readonly List<ServedGuest> _guests = [];

    private ServedGuests()
    {
    }

    public IReadOnlyList<ServedGuest> Guests => _guests;

    /// <summary>Binds every socket and opens every backend, or none.</summary>
    /// <exception cref="UsageException">Something can't be had; what was made is taken away again.</exception>
    public static ServedGuests Open(IReadOnlyList<GuestConfig> configs, ILogger logger)
    {
        IEnumerable<string?> backends = configs.SelectMany(c => c.Ports.Select(p => p.Backend).Append(c.Console));
        string? twice = backends.Where(b => b is "stdio" || b?.StartsWith("fd:", StringComparison.Ordinal) == true).GroupBy(b => b).FirstOrDefault(g => g.Count() > 1)?.Key;
        if (twice is not null)
        {
            throw new UsageException($"{twice} can be the backend of one port only");
        }

        BridgeTable.ThrowIfCrowded(configs);
        List<GuestPolicies> policies = [.. configs.Select(GuestPolicies.Of)];
        var all = new ServedGuests();
        try
        {
            for (int i = 0; i < configs.Count; i++)
            {
                Worker worker = all.WorkerFor(policies, i, logger);
                all._guests.Add(ServedGuest.Open(configs[i], policies[i].Coalescing, worker, logger));
            }

            return all;
        }
        catch
        {
            all.Dispose();
            throw;
        }
    }

    /// <summary>Starts serving.</summary>
    public Task StartAsync() => Task.WhenAll(_guests.Select(g => g.StartAsync()));

    /// <summary>Completes when every guest that came over an inherited, connected socket is gone.</summary>
    public Task Ended => Task.WhenAll(_guests.Select(g => g.Ended));

    public void Dispose()
    {
        _guests.ForEach(g => g.Dispose());
        _workers.ForEach(w => w.Worker.Dispose());
    }

    /// <summary>The worker of guest <paramref name="index"/>: a new one while there are processors for it, else one of a guest that waits alike.</summary>
    private Worker WorkerFor(List<GuestPolicies> policies, int index, ILogger logger)
    {
        (WaitStrategy wait, int? cpu) = (policies[index].Wait, policies[index].Cpu);
        int before = policies.Take(index).Count(p => p.Wait == wait && p.Cpu == cpu);
        List<Worker> alike = [.. _workers.Where(w => w.Wait == wait && w.Cpu == cpu).Select(w => w.Worker)];
        int most = cpu is null ? Environment.ProcessorCount : 1;
        if (alike.Count < most)
        {
            alike.Add(new Worker($"fastring-{_workers.Count}", fault => logger.LogFault(fault), cpu) { WaitStrategy = wait });
            _workers.Add((alike[^1], wait, cpu));
        }

        return alike[before % alike.Count];
    }
}
