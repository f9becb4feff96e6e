using FastRing.Interop;
using FastRing.Workers;

namespace FastRing.Console.Endpoints;

/// <summary>The writing end of a FIFO, open while somebody has the other. Worker thread only.</summary>
internal sealed class FifoWriter(string path) : IReadyHandler, IDisposable
{
    private Worker? _worker;
    private IEndpointObserver? _observer;
    private Action? _left;
    private OwnedFd? _fifo;
    private WatchedFd? _watch;
    private bool _mayWrite;
    private bool _reported;

    /// <summary>Somebody reads.</summary>
    public bool IsOpen => _fifo is not null;

    /// <param name="worker">Whose loop it lives in.</param>
    /// <param name="observer">The port.</param>
    /// <param name="left">Called when whoever read is gone.</param>
    public void Start(Worker worker, IEndpointObserver observer, Action left) => (_worker, _observer, _left) = (worker, observer, left);

    /// <summary>Looks whether somebody reads.</summary>
    public void Look()
    {
        if (IsOpen)
        {
            return;
        }

        try
        {
            OwnedFd? fifo = OwnedFd.OpenFifo(path, write: true);
            if (fifo is not null)
            {
                Begin(fifo);
            }
        }
        catch (LinuxException e)
        {
            // It was removed, most likely, and may be made again.
            if (!_reported)
            {
                _reported = true;
                _observer!.Report($"{path}: {e.Message}");
            }
        }
    }

    public nint Write(ReadOnlySpan<IoVector> segments)
    {
        if (!_mayWrite)
        {
            return 0;
        }

        nint written = _fifo!.WriteVector(segments);
        if (written >= 0)
        {
            return written;
        }

        if (written == -Errno.EFAULT)
        {
            return 0; // The guest's memory is gone; nothing is wrong at this end.
        }

        _mayWrite = false;
        if (written != -Errno.EAGAIN)
        {
            Disconnect();
        }

        return 0;
    }

    public void OnReady(EpollEvents events)
    {
        if ((events & EpollEvents.Error) != 0)
        {
            Disconnect();
        }
        else if (!_mayWrite)
        {
            _mayWrite = true;
            _observer!.OutputPossible();
        }
    }

    public void OnFault(Exception fault) => _observer!.Report($"{path}: {fault.Message}");

    /// <summary>Lets go of whoever reads: it reads the end.</summary>
    public void Disconnect()
    {
        if (IsOpen)
        {
            Dispose();
            _observer!.HostOpenChanged();
            _left!();
        }
    }

    public void Dispose()
    {
        _watch?.Dispose();
        _fifo?.Dispose();
        _watch = null;
        _fifo = null;
        _mayWrite = false;
    }

    private void Begin(OwnedFd fifo)
    {
        try
        {
            if (!fifo.IsPipe())
            {
                fifo.Dispose(); // Another file has its name now: it is not for us to write to.
                return;
            }

            _watch = _worker!.Watch(fifo, EpollEvents.Out | EpollEvents.EdgeTriggered, this);
        }
        catch
        {
            fifo.Dispose();
            throw;
        }

        _fifo = fifo;
        _mayWrite = true;
        _reported = false;
        _observer!.ClientAccepted($"a reader of {path}");
        _observer.HostOpenChanged();
    }
}
