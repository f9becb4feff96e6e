using FastRing.Devices.State;
using FastRing.Interop;
using FastRing.VhostUser.Protocol;
using FastRing.Workers;

namespace FastRing.VhostUser.Backend;

/// <summary>
/// A device's state on its way through a pipe, as fast as the frontend is at the other end: the worker never waits. What is saved is the state of the moment the
/// frontend asked; what is loaded is bounded by what the device says is the most, and is
/// the device's when the frontend asks whether it arrived: one that leaves before has given nothing.
/// </summary>
internal sealed class StateTransfer : IReadyHandler, IDisposable
{
    private const int PieceBytes = 64 * 1024;

    private readonly Session _session;
    private readonly IStatefulDevice _device;
    private readonly bool _isSave;
    private readonly OwnedFd _fd;
    private WatchedFd? _watch;
    private byte[] _state;
    private int _done;      // Bytes written, or read.
    private bool _isOver;
    private string? _problem;

    private StateTransfer(Session session, StateDirection direction, OwnedFd fd)
    {
        (_session, _device, _isSave, _fd) = (session, (IStatefulDevice)session.Device, direction == StateDirection.Save, fd);
        _state = _isSave ? _device.SaveState() : [];
    }

    /// <summary>Begins.</summary>
    /// <param name="session">Its device is one that has a state, and is suspended.</param>
    /// <param name="direction">Which way.</param>
    /// <param name="fd">A pipe's end, or a socket. Owned by the transfer, also when it can't begin.</param>
    /// <param name="why">Why it can't.</param>
    public static StateTransfer? TryBegin(Session session, StateDirection direction, OwnedFd fd, out string? why)
    {
        why = null;
        StateTransfer? transfer = null;
        try
        {
            // Reading or writing a regular file blocks for as long as its file system likes.
            bool isSave = direction == StateDirection.Save;
            (bool mayRead, bool mayWrite) = fd.Access();
            why = fd.IsRegularFile() ? "a state goes through a pipe or a socket, not to a file" : !(isSave ? mayWrite : mayRead) ? "the wrong end of a pipe" : null;
            if (why is null)
            {
                fd.SetNonBlocking();
                transfer = new StateTransfer(session, direction, fd);
                transfer.Begin();
                return transfer;
            }
        }
        catch (LinuxException e)
        {
            why = $"a descriptor that can't be waited for: {e.Message}";
        }

        transfer?.Dispose();
        fd.Dispose();
        return null;
    }

    public void OnReady(EpollEvents events) => Move();

    public void OnFault(Exception fault) => Finish(fault.Message);

    /// <summary>The frontend takes it to be over. What is in the pipe still is read; the end of a state has to be there.</summary>
    /// <returns>Null; or why the device's state did not get where it should.</returns>
    public string? End()
    {
        while (!_isOver && Move())
        {
            // Bounded by the most a state has.
        }

        string? why = !_isOver ? (_isSave ? $"{_done} of {_state.Length} bytes of the state were taken" : "the state has no end yet")
            : _problem is not null || _isSave ? _problem
            : !_session.IsSuspended ? "rings run by now"
            : _device.LoadState(_state.AsSpan(0, _done));
        Dispose();
        return why;
    }

    public void Dispose() => Finish(_problem ?? "given up");

    private void Begin()
    {
        _watch = _session.Worker.Watch(_fd, _isSave ? EpollEvents.Out : EpollEvents.In, this);
        if (_isSave)
        {
            Move();
        }
    }

    /// <returns>True when there may be more at once.</returns>
    private bool Move()
    {
        nint moved = _isOver ? -Errno.EAGAIN : _isSave ? Write() : Read();
        if (moved == -Errno.EAGAIN)
        {
            return false;
        }

        if (moved < 0)
        {
            Finish(moved == -Errno.EPIPE ? "the frontend closed its end" : $"errno {-moved}");
            return false;
        }

        _done += (int)moved;
        if (_isSave ? _done == _state.Length : moved == 0)
        {
            Finish(null);
        }
        else if (_done > _device.MaxStateBytes)
        {
            Finish($"length: more than the {_device.MaxStateBytes} bytes a state can have");
        }

        return !_isOver;
    }

    private nint Write() => _fd.WriteNow(_state.AsSpan(_done, Math.Min(PieceBytes, _state.Length - _done)));

    private nint Read()
    {
        if (_done == _state.Length)
        {
            Array.Resize(ref _state, Math.Max(PieceBytes, Math.Min(_state.Length * 2, _device.MaxStateBytes + 1)));
        }

        return _fd.ReadNow(_state.AsSpan(_done, Math.Min(PieceBytes, _state.Length - _done)));
    }

    private void Finish(string? problem)
    {
        if (!_isOver)
        {
            _isOver = true;
            _problem = problem;
            _watch?.Dispose();
            _fd.Dispose(); // Of a state saved this is the end.
        }
    }
}
