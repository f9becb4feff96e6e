using FastRing.Host.Keeping;
using FastRing.Host.Management;
using FastRing.Workers;
using Microsoft.Extensions.Logging;

namespace FastRing.Host.Serving;

/// <summary>All guests of the process. They may come and go; changes are made one at a time.</summary>
internal sealed class ServedGuests : IDisposable
{
    private readonly GuestWorkers _workers;
    private readonly ILogger _logger;
    private readonly EventFeed? _events;
    private readonly KeeperLink? _keeper;
    private volatile IReadOnlyList<ServedGuest> _guests = [];

    private ServedGuests(ILogger logger, EventFeed? events, KeeperLink? keeper)
    {
        _workers = new GuestWorkers(logger);
        _logger = logger;
        _events = events;
        _keeper = keeper;
    }

    /// <summary>The guests there are now. Any thread.</summary>
    public IReadOnlyList<ServedGuest> Guests => _guests;

    /// <summary>They are not as they were: guests, ports, limits, or who may change them.</summary>
    public event Action? Changed;

    /// <summary>Held by whoever changes guests or ports, and at the end by whoever disposes of them.</summary>
    public SemaphoreSlim Changes { get; } = new(1);

    /// <summary>Binds every socket and opens every backend, or none.</summary>
    /// <param name="configs">The guests.</param>
    /// <param name="logger">Where problems go.</param>
    /// <param name="events">Told of what happens to them; null: nobody is.</param>
    /// <param name="keeper">Has their VMMs' sockets; null: they are opened here.</param>
    /// <exception cref="UsageException">Something can't be had, the member says for whom; what was made is taken away again.</exception>
    public static ServedGuests Open(IReadOnlyList<GuestConfig> configs, ILogger logger, EventFeed? events = null, KeeperLink? keeper = null)
    {
        ConfigCheck.ThrowIfWrong(configs);
        var all = new ServedGuests(logger, events, keeper);
        try
        {
            foreach (GuestConfig config in configs)
            {
                all._guests = [.. all._guests, all.OpenGuest(config)];
            }

            return all;
        }
        catch (UsageException e)
        {
            all.Dispose();
            throw e.Within(ConfigCheck.PlaceOf(configs, configs[all._guests.Count].DisplayName));
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

    /// <summary>A change is complete. Whoever calls holds <see cref="Changes"/>.</summary>
    public void TellChanged() => Changed?.Invoke();

    /// <summary>Serves one guest more. Whoever calls holds <see cref="Changes"/>.</summary>
    /// <exception cref="UsageException">Something it needs can't be had; nothing of it is left.</exception>
    public async Task AddAsync(GuestConfig config)
    {
        ServedGuest guest = OpenGuest(config);
        try
        {
            await guest.StartAsync();
        }
        catch
        {
            await CloseAsync(guest);
            throw;
        }

        _guests = [.. _guests, guest];
        _events?.Tell(config.DisplayName, "added");
    }

    /// <summary>Ends the service of one guest: its VMM is disconnected. Whoever calls holds <see cref="Changes"/>.</summary>
    public async Task RemoveAsync(ServedGuest guest)
    {
        _guests = [.. _guests.Where(g => g != guest)];
        await CloseAsync(guest);
        _events?.Tell(guest.Config.DisplayName, "removed");
    }

    /// <summary>When this returns, this process touches no guest's rings and none of their clients any more, for ever.</summary>
    public void Freeze()
    {
        List<Worker> workers = [.. Guests.Select(g => g.Device.Worker).Distinct()];
        using var frozen = new CountdownEvent(workers.Count);
        workers.ForEach(w => w.Post(() =>
        {
            frozen.Signal();
            Thread.Sleep(Timeout.Infinite);
        }));
        frozen.Wait();
    }

    public void Dispose()
    {
        _guests.ToList().ForEach(g => g.Dispose());
        _workers.Dispose();
    }

    private async Task CloseAsync(ServedGuest guest)
    {
        await Task.Run(guest.Dispose); // It waits for the worker.
        _keeper?.Close(guest.Config);
        _workers.GiveBack(guest.Device.Worker);
    }

    private ServedGuest OpenGuest(GuestConfig config)
    {
        GuestPolicies policies = GuestPolicies.Of(config);
        Worker worker = _workers.Take(policies.Wait, policies.Cpu);
        try
        {
            return ServedGuest.Open(config, policies, worker, _logger, _events, _keeper);
        }
        catch
        {
            _workers.GiveBack(worker);
            throw;
        }
    }
}
