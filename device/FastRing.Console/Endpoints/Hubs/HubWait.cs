using FastRing.Workers;

namespace FastRing.Console.Endpoints.Hubs;

/// <summary>
/// How much a hub may take from its guest without overwriting what somebody is still to get. It always waits for clients that stand in line, because that is
/// the hub's own work; a serial port's guest waits for those whose socket is full, too, as long as they read. Both are over in bounded time.
/// </summary>
internal sealed class HubWait
{
    private const int PlentyOfRoom = 128 * 1024; // Below it, the slowest client is looked for.

    private readonly BroadcastRing _ring;
    private readonly List<HubClient> _clients;
    private readonly HubOptions _options;
    private readonly IEndpointObserver _observer;
    private readonly WorkerTimer _patience;
    private long _floor; // Nobody who is waited for is behind it; where the slowest was when last looked for.
    private bool _hasTriedAgain;

    public HubWait(BroadcastRing ring, List<HubClient> clients, HubOptions options, Worker worker, IEndpointObserver observer)
    {
        (_ring, _clients, _options, _observer) = (ring, clients, options, observer);
        _patience = new WorkerTimer(worker, OnDue);
    }

    /// <summary>The guest is held back, and hears when it is no more.</summary>
    public bool IsFull { get; private set; }

    /// <summary>Bytes the guest may write now.</summary>
    public long Room
    {
        get
        {
            if (Free < PlentyOfRoom)
            {
                _floor = Slowest();
            }

            return Free;
        }
    }

    /// <summary>Clients whose socket was full may be tried again.</summary>
    public Action<HubClient>? TryAgain { get; init; }

    /// <summary>A client came, and begins there.</summary>
    public void Joined(HubClient client) => _floor = Math.Min(_floor, client.Position);

    /// <summary>The guest has more than there was room for.</summary>
    public void Begin()
    {
        if (!IsFull)
        {
            IsFull = true;
            _hasTriedAgain = false;
            Mark();
            _patience.Start(_options.Patience / 2);
        }
    }

    /// <summary>Clients took something, or went: the guest may go on if there is room worth it.</summary>
    public void EndIfPossible()
    {
        if (IsFull && Room >= EnoughRoom)
        {
            IsFull = false;
            _patience.Clear();
            _observer.OutputPossible();
        }
    }

    public void Dispose() => _patience.Clear();

    private long Free => _ring.Capacity - (_ring.End - _floor);

    private int EnoughRoom => _options.Buffer / 4;

    /// <summary>Halfway, clients with a full socket are tried again: the kernel says so late when a slow reader has made room. At the end they are judged.</summary>
    private void OnDue()
    {
        foreach (HubClient client in _clients)
        {
            if (IsInTheWay(client) && !client.Place.IsTaken)
            {
                Judge(client);
            }
        }

        if (_hasTriedAgain)
        {
            Mark();
        }

        _hasTriedAgain = !_hasTriedAgain;
        EndIfPossible();
        if (IsFull)
        {
            _patience.Start(_options.Patience / 2);
        }
    }

    private void Judge(HubClient client)
    {
        if (!_hasTriedAgain)
        {
            TryAgain!(client);
        }
        else if (client.Position - client.Mark < _options.Buffer / 16)
        {
            client.IsWaitedFor = false;
        }
    }

    private void Mark()
    {
        foreach (HubClient client in _clients)
        {
            client.Mark = client.Position;
        }
    }

    private bool IsInTheWay(HubClient client) => IsWaitedFor(client) && _ring.Capacity - (_ring.End - client.Position) < EnoughRoom;

    private bool IsWaitedFor(HubClient client) =>
        !client.IsGone && client.Position >= _ring.Start && (client.Place.IsTaken || (client.IsWaitedFor && !_observer.IsConsole));

    private long Slowest()
    {
        long slowest = _ring.End;
        foreach (HubClient client in _clients)
        {
            if (client.Position < slowest && IsWaitedFor(client))
            {
                slowest = client.Position;
            }
        }

        return slowest;
    }
}
