using FastRing.Interop;
using FastRing.Workers;

namespace FastRing.Console.Endpoints;

/// <summary>The reading end of a FIFO. Worker thread only.</summary>
internal sealed class FifoReader : IReadyHandler, IDisposable
{
    private readonly string _path;
    private readonly byte[] _first = new byte[1]; // Whether somebody writes shows only by trying to read: what was read then.
    private OwnedFd _fifo;
    private Worker? _worker;
    private IEndpointObserver? _observer;
    private Action? _left;
    private WatchedFd? _watch;
    private bool _hasFirst;

    /// <summary>Opens it: writers need not wait any more.</summary>
    /// <exception cref="LinuxException">It can't be opened.</exception>
    public FifoReader(string path)
    {
        _path = path;
        _fifo = OwnedFd.OpenFifo(path, write: false)!;
    }

    /// <summary>Somebody writes, or has left something to read.</summary>
    public bool IsOpen { get; private set; }

    public bool MayHaveInput { get; private set; }

    /// <param name="worker">Whose loop it lives in.</param>
    /// <param name="observer">The port.</param>
    /// <param name="left">Called when whoever wrote is gone.</param>
    public void Start(Worker worker, IEndpointObserver observer, Action left)
    {
        (_worker, _observer, _left) = (worker, observer, left);
        _watch = worker.Watch(_fifo, EpollEvents.In | EpollEvents.EdgeTriggered, this);
    }

    /// <summary>Looks whether somebody writes.</summary>
    public void Look()
    {
        nint read = IsOpen ? 0 : _fifo.Read(_first);
        if (read > 0 || read == -Errno.EAGAIN)
        {
            _hasFirst = read > 0;
            Open();
        }
    }

    public nint Read(ReadOnlySpan<IoVector> segments)
    {
        if (_hasFirst && segments.Length > 0 && segments[0].Length > 0)
        {
            segments[0].Slice(0, 1).Span[0] = _first[0];
            _hasFirst = false;
            return 1;
        }

        nint read = _fifo.ReadVector(segments);
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
            Leave();
        }

        return 0;
    }

    public void OnReady(EpollEvents events)
    {
        if ((events & EpollEvents.In) != 0)
        {
            Open();
        }
        else if (!_hasFirst)
        {
            Leave(); // Hung up, and nothing to read.
        }
    }

    public void OnFault(Exception fault) => _observer!.Report($"{_path}: {fault.Message}");

    /// <summary>Lets go of whoever writes, and of what it wrote.</summary>
    public void Disconnect()
    {
        if (!IsOpen)
        {
            return;
        }

        Dispose(); // Only now the writer finds nobody there any more.
        try
        {
            _fifo = OwnedFd.OpenFifo(_path, write: false)!;
            DropUnread();
            _watch = _worker!.Watch(_fifo, EpollEvents.In | EpollEvents.EdgeTriggered, this);
        }
        catch (LinuxException e)
        {
            _observer!.Report($"{_path}: {e.Message}");
        }

        Leave();
    }

    public void Dispose()
    {
        _watch?.Dispose();
        _fifo.Dispose();
    }

    private void DropUnread()
    {
        Span<byte> bytes = stackalloc byte[4096];
        for (int left = 16; left > 0 && _fifo.Read(bytes) > 0; left--)
        {
            // As much as a FIFO holds.
        }
    }

    private void Open()
    {
        MayHaveInput = true;
        if (!IsOpen)
        {
            IsOpen = true;
            _observer!.ClientAccepted($"a writer of {_path}");
            _observer.HostOpenChanged();
        }

        _observer!.InputPossible();
    }

    private void Leave()
    {
        _hasFirst = MayHaveInput = false;
        if (IsOpen)
        {
            IsOpen = false;
            _observer!.HostOpenChanged();
            _left!();
        }
    }
}
