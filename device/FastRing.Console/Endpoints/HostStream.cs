using FastRing.Interop;
using FastRing.Workers;

namespace FastRing.Console.Endpoints;

/// <summary>
/// One connected client, or any pair of non-blocking descriptors. Watched edge triggered: one epoll_ctl a connection, and two each
/// time the client's buffer is full; what the last read or write said counts. A client that ended its sending side only is still written to; one that left is read
/// from until its last byte.
/// </summary>
internal sealed class HostStream : IHostConnection, IReadyHandler
{
    public static readonly TimeSpan LingerTime = TimeSpan.FromSeconds(2);

    private const EpollEvents Edges = EpollEvents.In | EpollEvents.PeerHangUp | EpollEvents.EdgeTriggered;

    private readonly OwnedFd? _input;
    private readonly OwnedFd? _output;
    private readonly IEndpointObserver _observer;
    private readonly Action<IHostConnection> _left;
    private readonly WorkerTimer? _linger;
    private readonly EpollEvents _hangUp;
    private readonly WatchedFd? _inputWatch;
    private readonly WatchedFd? _outputWatch;
    private bool _mayWrite = true;
    private bool _atEnd;

    /// <summary>Takes the descriptors over and watches them.</summary>
    /// <param name="worker">Whose loop it lives in.</param>
    /// <param name="input">What is read from; null: nothing is.</param>
    /// <param name="output">What is written to; the same object for a socket; null: nothing is.</param>
    /// <param name="observer">The port.</param>
    /// <param name="left">Called when the other side is gone, or lingers, and once more when it <see cref="HasEnded"/>.</param>
    /// <param name="lingers">
    /// The other side of a TCP connection says the same when it leaves as when it only ends its sending: it gets answers as long as there are any, and is taken to be gone two seconds after the last.
    /// </param>
    public HostStream(Worker worker, OwnedFd? input, OwnedFd? output, IEndpointObserver observer, Action<IHostConnection> left, bool lingers = false)
    {
        _input = input;
        _output = output;
        _observer = observer;
        _left = left;
        _linger = lingers ? new WorkerTimer(worker, HangUp) : null;

        // A pipe that is only read from hangs up at its end: nothing is said about the other one, to which EPOLLERR does.
        _hangUp = ReferenceEquals(input, output) ? EpollEvents.HangUp | EpollEvents.Error : EpollEvents.Error;
        _inputWatch = TryWatch(worker, input);
        _outputWatch = ReferenceEquals(input, output) ? null : TryWatch(worker, output);
        _atEnd = input is null;
        MayHaveInput = input is not null;
    }

    /// <summary>True until a read found nothing.</summary>
    public bool MayHaveInput { get; private set; }

    /// <summary>The other side is gone for good; what it sent before may still be read.</summary>
    public bool IsHungUp { get; private set; }

    /// <summary>Nothing can be read nor written any more, and the stream is disposed.</summary>
    public bool HasEnded => IsHungUp && _atEnd;

    public bool IsLingering => _linger is not null && _atEnd && !IsHungUp;

    /// <summary>Asked for room only after a write found none: a client that reads would wake the worker with each of its reads.</summary>
    private WatchedFd? OutputWatch => _outputWatch ?? _inputWatch;

    public nint Write(ReadOnlySpan<IoVector> segments)
    {
        if (!_mayWrite || _output is null)
        {
            return 0;
        }

        nint written = _output.WriteVector(segments);
        if (written >= 0)
        {
            if (_atEnd)
            {
                _linger?.Start(LingerTime);
            }

            return written;
        }

        if (written == -Errno.EFAULT)
        {
            return 0; // The guest's memory is gone; nothing is wrong at this end.
        }

        _mayWrite = false;
        OutputWatch?.Change(Edges | EpollEvents.Out);
        if (written != -Errno.EAGAIN)
        {
            // Nobody reads any more. What the client sent before it left is still for the guest.
            IsHungUp = true;
            Leave();
        }

        return 0;
    }

    public nint Read(ReadOnlySpan<IoVector> segments)
    {
        nint read = _input?.ReadVector(segments) ?? 0;
        if (read > 0)
        {
            return read;
        }

        if (read == -Errno.EFAULT)
        {
            return 0;
        }

        MayHaveInput = false;
        if (read != -Errno.EAGAIN)
        {
            _atEnd = true;
            IsHungUp |= read < 0 || _output is null;
            _linger?.Start(LingerTime);
            Leave();
        }

        return 0;
    }

    public void OnReady(EpollEvents events)
    {
        IsHungUp |= (events & _hangUp) != 0;
        if ((events & (EpollEvents.In | EpollEvents.PeerHangUp | EpollEvents.HangUp | EpollEvents.Error)) != 0 && !_atEnd)
        {
            MayHaveInput = true;
            _observer.InputPossible();
        }

        if ((events & EpollEvents.Out) != 0 && !_mayWrite && !IsHungUp)
        {
            _mayWrite = true;
            OutputWatch?.Change(Edges);
            _observer.OutputPossible();
        }

        Leave();
    }

    public void OnFault(Exception fault)
    {
        _observer.Report(fault.Message);
        IsHungUp = _atEnd = true;
        Leave();
    }

    /// <summary>Stops watching and closes both descriptors; <c>left</c> is not called.</summary>
    public void Dispose()
    {
        _linger?.Clear();
        _inputWatch?.Dispose();
        _outputWatch?.Dispose();
        _input?.Dispose();
        _output?.Dispose();
    }

    private WatchedFd? TryWatch(Worker worker, OwnedFd? fd)
    {
        try
        {
            return fd is null ? null : worker.Watch(fd, Edges, this);
        }
        catch (LinuxException e) when (e.Errno == Errno.EPERM)
        {
            // A regular file, or /dev/null: epoll refuses what is always ready.
            return null;
        }
    }

    /// <summary>Says so when the other side is gone. Touch nothing after this: another may have taken the stream's place.</summary>
    private void Leave()
    {
        if (HasEnded)
        {
            Dispose();
        }

        if (IsHungUp || IsLingering)
        {
            _left(this);
        }
    }

    private void HangUp()
    {
        IsHungUp = true;
        Leave();
    }
}
