using FastRing.Interop;
using FastRing.Workers;

namespace FastRing.Console.Endpoints;

/// <summary>
/// Listens on a socket and serves one client at a time; the next waits in the backlog until it leaves. What a client sent
/// before it left is delivered, unless the guest has the port closed and another client comes.
/// </summary>
public abstract class StreamListenEndpoint : IHostEndpoint, IReadyHandler
{
    private const int ArrivalsPerRound = 16;
    private static readonly TimeSpan RetryAfter = TimeSpan.FromMilliseconds(100);

    private readonly OwnedFd _listener;
    private readonly Action _acceptNext;
    private readonly Action _retry;
    private WatchedFd? _watch;
    private IHostConnection? _client;
    private bool _mayAccept = true;
    private bool _retries;

    /// <summary>Takes a listening, non-blocking socket. Who made it closes it, in <see cref="Close"/>.</summary>
    private protected StreamListenEndpoint(string address, OwnedFd listener)
    {
        Address = address;
        _listener = listener;
        _acceptNext = AcceptNext;
        _retry = Retry;
    }

    /// <inheritdoc/>
    public string Address { get; }

    /// <inheritdoc/>
    public bool IsOpen => _client is not null;

    /// <inheritdoc/>
    public bool TakesOutput => _client is { IsHungUp: false };

    /// <inheritdoc/>
    public bool MayHaveInput => _client is { MayHaveInput: true };

    private protected Worker? Worker { get; private set; }

    private protected IEndpointObserver? Observer { get; private set; }

    private protected bool IsDisposed { get; private set; }

    /// <summary>Whether a client that came now would be served.</summary>
    private protected bool MayServeAnother => _client is null || _client.IsLingering || (_client.IsHungUp && !Observer!.IsGuestOpen);

    /// <summary>Whether one more may be let in; the others wait in the backlog.</summary>
    private protected virtual bool MayEnter => MayServeAnother;

    /// <inheritdoc/>
    public void Start(Worker worker, IEndpointObserver observer)
    {
        Worker = worker;
        Observer = observer;
        _watch = worker.Watch(_listener, EpollEvents.In | EpollEvents.EdgeTriggered, this);
    }

    /// <inheritdoc/>
    public nint Write(ReadOnlySpan<IoVector> segments) => _client?.Write(segments) ?? 0;

    /// <inheritdoc/>
    public nint Read(ReadOnlySpan<IoVector> segments) => _client?.Read(segments) ?? 0;

    /// <inheritdoc/>
    public void GuestOpenChanged(bool open) => AcceptNext();

    /// <inheritdoc/>
    public void Disconnect()
    {
        DropClient();
        AcceptNext();
    }

    /// <inheritdoc/>
    public void OnReady(EpollEvents events)
    {
        _mayAccept = true;
        AcceptNext();
    }

    /// <inheritdoc/>
    public void OnFault(Exception fault) => Observer!.Report($"{Address}: {fault.Message}");

    /// <inheritdoc/>
    public void Dispose()
    {
        if (!IsDisposed)
        {
            IsDisposed = true;
            _watch?.Dispose();
            Close();
            _client?.Dispose();
            _client = null;
        }

        GC.SuppressFinalize(this);
    }

    /// <summary>Takes one that waits; null: nobody does.</summary>
    /// <exception cref="LinuxException">It can't be taken now, and still waits.</exception>
    private protected abstract Arrival? Accept();

    /// <summary>Closes the listening socket, and whatever else there is.</summary>
    private protected abstract void Close();

    /// <summary>One that may come in: it is served, now or later.</summary>
    private protected virtual void Enter(OwnedFd socket, string who) =>
        Serve(new HostStream(Worker!, socket, socket, Observer!, ClientLeft), who);

    /// <summary>Serves one that was let in before and had to wait.</summary>
    /// <returns>False: nobody waits, or may be served.</returns>
    private protected virtual bool ServeWaiting() => false;

    private protected void Serve(IHostConnection client, string who)
    {
        DropClient();
        _client = client;
        Observer!.ClientAccepted(who);
        Observer.HostOpenChanged();
    }

    /// <summary>Takes those that wait, as long as they may come in.</summary>
    private protected void AcceptNext()
    {
        if (!IsDisposed && ServeWaiting())
        {
            return;
        }

        for (int left = ArrivalsPerRound; !IsDisposed && _mayAccept && MayEnter; left--)
        {
            if (left == 0)
            {
                Worker!.Post(_acceptNext); // Whoever hammers on a port does not keep the others waiting.
                return;
            }

            if (TryAccept() is not { } arrival)
            {
                return;
            }

            Admit(arrival);
        }
    }

    private protected void ClientLeft(IHostConnection client)
    {
        if (client.HasEnded && ReferenceEquals(client, _client))
        {
            _client = null;
            Observer!.HostOpenChanged();
        }

        AcceptNext();
    }

    private void Admit(in Arrival arrival)
    {
        if (arrival.WhyRefused is { } why)
        {
            arrival.Socket.Dispose();
            Observer!.ClientRefused(arrival.Who, why);
            return;
        }

        try
        {
            Enter(arrival.Socket, arrival.Who);
        }
        catch (LinuxException e)
        {
            arrival.Socket.Dispose();
            Observer!.Report($"{Address}: {e.Message}");
        }
    }

    private Arrival? TryAccept()
    {
        try
        {
            Arrival? arrival = Accept();
            _mayAccept = arrival is not null;
            return arrival;
        }
        catch (LinuxException e)
        {
            // Out of descriptors, most likely: the client stays in the backlog.
            Observer!.Report($"{Address}: {e.Message}");
            RetryLater();
            return null;
        }
    }

    private void DropClient()
    {
        if (_client is { } client)
        {
            _client = null;
            client.Dispose();
            Observer!.HostOpenChanged();
        }
    }

    private void RetryLater()
    {
        if (!_retries)
        {
            _retries = true;
            Worker!.RunAfter(RetryAfter, _retry);
        }
    }

    private void Retry()
    {
        _retries = false;
        AcceptNext();
    }
}
