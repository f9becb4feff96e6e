using FastRing.Interop;
using FastRing.Workers;

namespace FastRing.Console.Endpoints;

/// <summary>
/// A pseudo terminal in raw mode. Open while a program has it open, which is looked for ten times a second, as nothing tells. A console's guest follows the size that
/// the program gives the terminal.
/// </summary>
public sealed class PtyEndpoint : IHostEndpoint, IReadyHandler
{
    private static readonly TimeSpan LookAgain = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LookAtSizeAgain = TimeSpan.FromSeconds(1);

    private readonly string? _linkPath;
    private PseudoTerminal _terminal;
    private SymbolicLink? _link;
    private Worker? _worker;
    private IEndpointObserver? _observer;
    private WorkerTimer? _timer;
    private WatchedFd? _watch;
    private bool _mayWrite;
    private bool _isHungUp; // The program has left, and what it wrote is still to be read.
    private bool _isDisposed;

    /// <summary>Opens a terminal.</summary>
    /// <param name="link">A symbolic link to make, which leads to it; null: none. One that leads to a terminal that is gone is replaced.</param>
    /// <exception cref="LinuxException">There are no more terminals, or something else has the link's place.</exception>
    public PtyEndpoint(string? link = null)
    {
        _linkPath = link;
        (_terminal, _link) = Open(null);
    }

    /// <inheritdoc/>
    public string Address => _linkPath ?? _terminal.SlavePath;

    /// <inheritdoc/>
    public bool IsOpen { get; private set; }

    /// <inheritdoc/>
    public bool TakesOutput => IsOpen && !_isHungUp;

    /// <inheritdoc/>
    public bool MayHaveInput { get; private set; }

    /// <inheritdoc/>
    public void Start(Worker worker, IEndpointObserver observer)
    {
        _worker = worker;
        _observer = observer;
        _timer = new WorkerTimer(worker, Look);
        Watch();
        Look();
    }

    /// <inheritdoc/>
    public nint Write(ReadOnlySpan<IoVector> segments)
    {
        if (!_mayWrite || !TakesOutput)
        {
            return 0;
        }

        nint written = _terminal.Fd.WriteVector(segments);
        if (written > 0)
        {
            return written;
        }

        if (written == -Errno.EFAULT)
        {
            return 0; // The guest's memory is gone; nothing is wrong at this end.
        }

        _mayWrite = false; // Full, or hung up, of which an event tells.
        return 0;
    }

    /// <inheritdoc/>
    public nint Read(ReadOnlySpan<IoVector> segments)
    {
        nint read = _terminal.Fd.ReadVector(segments);
        if (read > 0)
        {
            return read;
        }

        if (read == -Errno.EFAULT)
        {
            return 0; // The guest's memory is gone; nothing is wrong at this end.
        }

        MayHaveInput = false;
        if (read != -Errno.EAGAIN)
        {
            Leave(); // EIO: nobody has it open.
        }

        return 0;
    }

    /// <inheritdoc/>
    public void GuestOpenChanged(bool open)
    {
    }

    /// <summary>Hangs the program up. A program can't be made to close its end: the next finds another terminal behind the link.</summary>
    public void Disconnect()
    {
        if (!_terminal.IsOpen && !IsOpen)
        {
            return;
        }

        try
        {
            PseudoTerminal before = _terminal;
            SymbolicLink? linkBefore = _link;
            (_terminal, _link) = Open(before.SlavePath);
            linkBefore?.Dispose();
            _watch?.Dispose();
            before.Dispose();
            Watch();
        }
        catch (LinuxException e)
        {
            _observer!.Report($"{Address}: {e.Message}");
            return;
        }

        Leave();
    }

    /// <inheritdoc/>
    public void OnReady(EpollEvents events)
    {
        _isHungUp = (events & EpollEvents.HangUp) != 0;
        if ((events & EpollEvents.In) != 0)
        {
            Enter();
            MayHaveInput = true;
            LookAtSize();
            _observer!.InputPossible();
        }

        if (_isHungUp && IsOpen)
        {
            HangUp();
        }
        else if ((events & EpollEvents.Out) != 0 && !_mayWrite)
        {
            _mayWrite = true;
            _observer!.OutputPossible();
        }
    }

    /// <inheritdoc/>
    public void OnFault(Exception fault) => _observer!.Report($"{Address}: {fault.Message}");

    /// <inheritdoc/>
    public void Dispose()
    {
        if (!_isDisposed)
        {
            _isDisposed = true;
            _timer?.Clear();
            _watch?.Dispose();
            _link?.Dispose();
            _terminal.Dispose();
        }
    }

    private (PseudoTerminal Terminal, SymbolicLink? Link) Open(string? before)
    {
        var terminal = new PseudoTerminal();
        try
        {
            return (terminal, _linkPath is null ? null : new SymbolicLink(_linkPath, terminal.SlavePath, target => IsStale(target, terminal.SlavePath, before)));
        }
        catch
        {
            terminal.Dispose();
            throw;
        }
    }

    /// <summary>A link that a process left behind which could not take it away; a terminal's number is soon used again, by ours too.</summary>
    private static bool IsStale(string target, string own, string? before) =>
        target.StartsWith("/dev/pts/", StringComparison.Ordinal) && (target == own || target == before || !File.Exists(target));

    private void Watch() => _watch = _worker!.Watch(_terminal.Fd, EpollEvents.In | EpollEvents.Out | EpollEvents.EdgeTriggered, this);

    /// <summary>Looks whether anybody has come, or what size the terminal has.</summary>
    private void Look()
    {
        if ((!IsOpen || _isHungUp) && _terminal.IsOpen)
        {
            if (IsOpen)
            {
                Leave(); // Another has come before the guest read what the last one wrote: it is not that one's session.
            }

            Enter();
        }

        if (!IsOpen || _isHungUp)
        {
            _timer!.Start(LookAgain);
        }
        else if (_observer!.IsConsole)
        {
            LookAtSize();
            _timer!.Start(LookAtSizeAgain);
        }
    }

    private void LookAtSize()
    {
        if (_observer!.IsConsole && _terminal.Size is var (columns, rows))
        {
            _observer.SizeChanged(new ConsoleSize(columns, rows));
        }
    }

    private void Enter()
    {
        if (IsOpen)
        {
            return;
        }

        _isHungUp = !_terminal.IsOpen;
        IsOpen = _mayWrite = MayHaveInput = true;
        _observer!.ClientAccepted($"a program on {Address}");
        _observer.HostOpenChanged();
        _timer!.Start(LookAtSizeAgain);
    }

    private void HangUp()
    {
        if (MayHaveInput)
        {
            _observer!.InputPossible(); // Reading finds the end.
            _timer!.Start(LookAgain);
        }
        else
        {
            Leave();
        }
    }

    private void Leave()
    {
        _isHungUp = MayHaveInput = false;
        if (IsOpen)
        {
            IsOpen = false;
            Renew();
            _observer!.HostOpenChanged();
        }

        _timer!.Start(LookAgain);
    }

    /// <summary>The next program gets nothing that was written for this one, and a terminal in raw mode whatever this one made of it.</summary>
    private void Renew()
    {
        try
        {
            _terminal.Renew();
        }
        catch (LinuxException e)
        {
            _observer!.Report($"{Address}: {e.Message}");
        }
    }
}
