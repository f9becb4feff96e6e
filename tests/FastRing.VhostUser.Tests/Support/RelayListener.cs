using FastRing.Interop;
using FastRing.VhostUser.Relay;
using FastRing.Workers;

namespace FastRing.VhostUser.Tests.Support;

/// <summary>Listens where a backend would, and relays each frontend to one that listens elsewhere.</summary>
internal sealed class RelayListener : IReadyHandler, IDisposable
{
    private readonly Worker _worker;
    private readonly OwnedFd _listener;
    private readonly TimeSpan _deadline;
    private readonly List<VhostUserRelay> _relays = [];
    private WatchedFd? _watch;

    /// <param name="path">Where frontends connect.</param>
    /// <param name="backend">Where the backend listens.</param>
    /// <param name="deadline">How long a message may take.</param>
    public RelayListener(string path, string backend, TimeSpan deadline)
    {
        Backend = backend;
        _deadline = deadline;
        _worker = new Worker("relay", Faults.Add);
        _listener = UnixSocket.Listen(path, backlog: 64);
        Run(() => _watch = _worker.Watch(_listener, EpollEvents.In, this));
    }

    public List<Exception> Faults { get; } = [];

    /// <summary>Where the next backend listens.</summary>
    public string Backend { get; set; }

    /// <summary>Frontends stay when their backend closes the connection, until the next is there.</summary>
    public bool KeepsFrontends { get; set; }

    /// <summary>Why relays ended.</summary>
    public List<string?> Reasons { get; } = [];

    /// <summary>What was refused when it was said again.</summary>
    public List<string> Refused { get; } = [];

    /// <summary>Times that a frontend lost its backend, and stayed.</summary>
    public int Lost { get; private set; }

    /// <summary>The only frontend's.</summary>
    public VhostUserRelay Relay => Assert.Single(_relays);

    /// <summary>Sends the frontends there are to the backend there is now.</summary>
    public void Resume() => Run(() => _relays.ToList().ForEach(r => r.Attach(UnixSocket.Connect(Backend))));

    public void Run(Action action) => _worker.InvokeAsync(action).Wait();

    public void OnReady(EpollEvents events)
    {
        while (UnixSocket.Accept(_listener) is { } frontend)
        {
            var relay = new VhostUserRelay(_worker, frontend, _deadline);
            relay.Ended += why =>
            {
                Reasons.Add(why);
                _relays.Remove(relay);
            };
            relay.BackendLost += () => Lose(relay);
            relay.Refused += Refused.Add;
            _relays.Add(relay);
            relay.Attach(UnixSocket.Connect(Backend));
        }
    }

    public void OnFault(Exception fault) => Faults.Add(fault);

    public void Dispose()
    {
        Run(() =>
        {
            _watch!.Dispose();
            _relays.ForEach(r => r.Dispose());
        });
        _worker.Dispose();
        _listener.Dispose();
        Assert.Empty(Faults);
    }

    private void Lose(VhostUserRelay relay)
    {
        if (KeepsFrontends)
        {
            Lost++;
        }
        else
        {
            _relays.Remove(relay);
            relay.Dispose();
        }
    }
}
