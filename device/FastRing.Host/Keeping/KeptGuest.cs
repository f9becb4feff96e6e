using FastRing.Host.Serving;
using FastRing.Interop;
using FastRing.VhostUser.Backend;
using FastRing.VhostUser.Relay;
using FastRing.Workers;
using Microsoft.Extensions.Logging;

namespace FastRing.Host.Keeping;

/// <summary>
/// One guest, as its keeper sees it: the socket its VMM comes to, the VMM that is there, and the door to the worker that serves it, of which there may be none for a moment. Keeper's
/// thread only.
/// </summary>
internal sealed class KeptGuest : IDisposable
{
    private const int NotPassed = int.MaxValue;

    private static readonly TimeSpan s_messageDeadline = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(100);

    private readonly Worker _worker;
    private readonly ILogger _logger;
    private readonly UnixListener? _listener;
    private readonly OwnedFd? _listening;
    private WatchedFd? _watch;
    private VhostUserRelay? _relay;
    private OwnedFd? _door;
    private WatchedFd? _doorWatch;
    private int _process;   // Behind the door.
    private int _passed;    // Connections, through this door.
    private int _ended;     // Sessions, behind it.
    private int _session;   // The relay's.
    private bool _hasServed; // Another process, the same VMM.
    private bool _isOver;

    /// <param name="worker">The keeper's loop.</param>
    /// <param name="socket">Where its VMM comes from.</param>
    /// <param name="logger">The log.</param>
    /// <exception cref="IOException">It can't be listened there.</exception>
    /// <exception cref="ArgumentException">It is no socket.</exception>
    public KeptGuest(Worker worker, KeptSocket socket, ILogger logger)
    {
        _worker = worker;
        _logger = logger;
        Socket = socket;
        if (socket.Fd is { } fd)
        {
            OwnedFd inherited = InheritedSocket.Take(fd);
            if (UnixSocket.IsListening(inherited))
            {
                _listening = inherited;
            }
            else
            {
                IsSingle = true;
                Take(inherited);
            }
        }
        else
        {
            _listener = new UnixListener(socket.Path!);
            _listening = _listener.Fd;
        }

        Listen();
    }

    public KeptSocket Socket { get; }

    /// <summary>It came over a connected socket: no other will.</summary>
    public bool IsSingle { get; }

    /// <summary>No VMM is there.</summary>
    public bool IsAlone => _relay is null;

    /// <summary>Its only VMM is gone.</summary>
    public event Action? Over;

    /// <summary>A worker serves it from now on.</summary>
    /// <param name="door">The keeper's end of the worker's door; becomes the guest's.</param>
    /// <param name="process">The worker.</param>
    public void Open(OwnedFd door, int process)
    {
        CloseDoor();
        _door = door;
        door.SetNonBlocking();
        _process = process;
        (_passed, _ended) = (0, 0);
        _doorWatch = _worker.Watch(door, EpollEvents.In, new Handler(this, LookAtDoor));
        Attach();
    }

    /// <summary>Its worker is gone.</summary>
    public void Lose()
    {
        CloseDoor();
        if (_relay is { CanResume: false })
        {
            Disconnect("its worker is gone, and nothing says how far it had come");
        }
    }

    public void Dispose()
    {
        _isOver = true;
        _watch?.Dispose();
        CloseDoor();
        _relay?.Dispose();
        _relay = null;
        if (_listener is not null)
        {
            _listener.Dispose();
        }
        else
        {
            _listening?.Dispose();
        }
    }

    private void Listen()
    {
        if (!_isOver && _relay is null && _listening is not null)
        {
            _watch ??= _worker.Watch(_listening, EpollEvents.In, new Handler(this, Accept));
        }
    }

    private void Accept()
    {
        try
        {
            if (UnixSocket.Accept(_listening!) is { } frontend)
            {
                StopListening(); // Others wait in the socket's backlog.
                Take(frontend);
            }
        }
        catch (LinuxException e)
        {
            _logger.LogNotAccepted(e, Socket.Name);
            StopListening();
            _worker.RunAfter(s_pause, Listen);
        }
    }

    private void Take(OwnedFd frontend)
    {
        var relay = new VhostUserRelay(_worker, frontend, s_messageDeadline);
        relay.Ended += End;
        relay.Resumed += Resume;
        relay.Refused += request => _logger.LogRefused(Socket.Name, request);
        _relay = relay;
        _hasServed = false;
        Attach();
    }

    private void Attach()
    {
        if (_door is null || _relay is null)
        {
            return;
        }

        (OwnedFd mine, OwnedFd its) = UnixSocket.Pair();
        _relay.Attach(mine); // First: what is said waits for the worker, not the worker for each word.
        if (ConnectionDoor.TryPass(_door, its))
        {
            _session = ++_passed;
        }
        else
        {
            // The worker has died, or the kernel takes no more descriptors of this user's for now (ETOOMANYREFS). The relay sees by its socket that it has none.
            OwnedFd door = _door;
            _session = NotPassed;
            _worker.RunAfter(s_pause, () => AttachAgain(door));
        }

        its.Dispose();
    }

    private void AttachAgain(OwnedFd door)
    {
        if (_door == door && _session == NotPassed)
        {
            Attach();
        }
    }

    private void Resume()
    {
        if (_hasServed)
        {
            _logger.LogResumed(Socket.Name, _process);
        }

        _hasServed = true;
    }

    private void LookAtDoor()
    {
        _ended += ConnectionDoor.TakeEnds(_door!, out bool isOpen);
        if (_relay is not null && _session <= _ended)
        {
            Disconnect(null); // As a worker without a keeper would: it has said why.
        }

        if (!isOpen)
        {
            CloseDoor();
        }
    }

    private void Disconnect(string? why)
    {
        _relay?.Dispose();
        End(why);
    }

    private void End(string? why)
    {
        if (why is not null)
        {
            _logger.LogEnded(Socket.Name, why);
        }

        _relay = null;
        Listen();
        if (IsSingle && !_isOver)
        {
            Over?.Invoke();
        }
    }

    private void StopListening()
    {
        _watch?.Dispose();
        _watch = null;
    }

    private void CloseDoor()
    {
        _doorWatch?.Dispose();
        _doorWatch = null;
        _door?.Dispose();
        _door = null;
    }

    private sealed class Handler(KeptGuest guest, Action ready) : IReadyHandler
    {
        public void OnReady(EpollEvents events) => ready();

        public void OnFault(Exception fault)
        {
            guest._logger.LogKeeperFault(fault);
            guest.Disconnect(fault.Message);
        }
    }
}
