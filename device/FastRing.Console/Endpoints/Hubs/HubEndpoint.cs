using FastRing.Interop;
using FastRing.Workers;

namespace FastRing.Console.Endpoints.Hubs;

/// <summary>
/// Listens on a unix socket and serves all clients that come, each of which gets everything the guest writes: first the scrollback, then what follows. It is
/// always open, and remembers what the guest writes while nobody is there. The client that is there the longest writes to the guest; what others send is read
/// and thrown away. When it leaves, or ends its sending side, what it sent is delivered, and the next oldest writes.
/// <para>
/// The guest's bytes are copied once, into a ring that all clients are served from: a client costs a socket and a position, however slow it is. One that is
/// overtaken by the ring is disconnected, rather than left with a gap. So that it does not come to that for a client that reads, a serial port's guest waits
/// for it, as <see cref="HubOptions.Patience"/> says; a console's guest only waits while the hub itself has clients to serve whose sockets have room.
/// </para>
/// </summary>
public sealed class HubEndpoint : IHostEndpoint, IScrollback
{
    private readonly ClientDoor _door;
    private readonly HubOptions _options;
    private readonly BroadcastRing _ring;
    private IEndpointObserver? _observer;
    private HubClients? _clients;
    private long _accepted;
    private long _refused;

    /// <summary>Binds and listens.</summary>
    /// <param name="path">Path of the socket; '@' first: an abstract name, to which every local user may connect who is not kept out by <paramref name="allowed"/>.</param>
    /// <param name="options">Sizes and the like; null: the defaults.</param>
    /// <param name="allowed">Who may connect; null: whoever the file's mode lets in.</param>
    /// <param name="mode">The file's mode; null: 0600, or 0666 where there is a list, which then decides.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of range.</exception>
    /// <exception cref="LinuxException">The path is taken, or its directory is missing.</exception>
    public HubEndpoint(string path, HubOptions? options = null, PeerAllowList? allowed = null, int? mode = null)
    {
        _options = options ?? new HubOptions();
        _options.ThrowIfInvalid();
        _ring = new BroadcastRing(_options.Scrollback + _options.Buffer);
        _door = new ClientDoor(path, allowed, mode);
    }

    /// <inheritdoc/>
    public bool IsOpen => true;

    /// <inheritdoc/>
    public bool MayHaveInput => _clients!.Writer is { MayHaveInput: true };

    /// <inheritdoc/>
    public bool IsBusy => _clients!.Wait.IsFull;

    /// <inheritdoc/>
    public string? Address => _door.Path;

    /// <summary>What became of its clients. Any thread.</summary>
    public HubCounters Counters => new(_clients?.Count ?? 0, _accepted, _refused, _clients?.FellBehind ?? 0);

    /// <inheritdoc/>
    public Scrollback Snapshot() => _ring.Snapshot(_options.Scrollback);

    /// <inheritdoc/>
    public void Start(Worker worker, IEndpointObserver observer)
    {
        _observer = observer;
        _clients = new HubClients(_ring, _options, worker, observer);
        _door.Open(worker, observer, Admit);
        observer.HostOpenChanged();
    }

    /// <inheritdoc/>
    public nint Write(ReadOnlySpan<IoVector> segments)
    {
        long room = _clients!.Wait.Room;
        long taken = _ring.Append(segments, room);
        if (taken == room)
        {
            _clients.Wait.Begin();
        }

        _clients.Appended();
        return (nint)taken;
    }

    /// <inheritdoc/>
    public nint Read(ReadOnlySpan<IoVector> segments) => _clients!.Read(segments);

    /// <inheritdoc/>
    public void GuestOpenChanged(bool open)
    {
        if (_clients!.Writer is { IsGone: true } writer)
        {
            _clients.HasWork(writer);
        }
    }

    /// <inheritdoc/>
    public void Disconnect() => _clients!.Clear();

    /// <inheritdoc/>
    public void Dispose()
    {
        _door.Dispose();
        _clients?.Wait.Dispose();
        _clients?.Clear();
    }

    private void Admit(Arrival arrival)
    {
        string? why = arrival.WhyRefused ?? (_clients!.Count < _options.Observers ? null : $"{_clients.Count} clients are there already");
        if (why is not null)
        {
            arrival.Socket.Dispose();
            _refused++;
            _observer!.ClientRefused(arrival.Who, why);
            return;
        }

        _clients!.Admit(arrival.Socket, arrival.Who);
        _accepted++;
        _observer!.ClientAccepted(arrival.Who);
    }
}
