using FastRing.Workers;
using Microsoft.Extensions.Logging;

namespace FastRing.Host.Serving;

/// <summary>All guests of the process, over as many workers as there are processors to run them.</summary>
internal sealed class ServedGuests : IDisposable
{
    private readonly List<Worker> _workers = [];
    private readonly List<ServedGuest> _guests = [];

    private ServedGuests()
    {
    }

    public IReadOnlyList<ServedGuest> Guests => _guests;

    /// <summary>Binds every socket and opens every backend, or none.</summary>
    /// <exception cref="UsageException">Something can't be had; what was made is taken away again.</exception>
    public static ServedGuests Open(IReadOnlyList<GuestConfig> configs, ILogger logger)
    {
        if (configs.SelectMany(c => c.Ports.Select(p => p.Backend).Append(c.Console)).Count(b => b == "stdio") > 1)
        {
            throw new UsageException("stdio can be the backend of one port only");
        }

        var all = new ServedGuests();
        try
        {
            int workers = Math.Min(configs.Count, Environment.ProcessorCount);
            for (int i = 0; i < workers; i++)
            {
                all._workers.Add(new Worker($"fastring-{i}", fault => logger.LogFault(fault)));
            }

            for (int i = 0; i < configs.Count; i++)
            {
                all._guests.Add(ServedGuest.Open(configs[i], all._workers[i % workers], logger));
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
        _workers.ForEach(w => w.Dispose());
    }
}
