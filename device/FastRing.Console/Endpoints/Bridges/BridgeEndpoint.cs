using FastRing.Interop;
using FastRing.Workers;

namespace FastRing.Console.Endpoints.Bridges;

/// <summary>
/// One end of a <see cref="Bridge"/>. It is host-open while the other end's guest has its port open. When that guest closes it, is reset, or its port is removed,
/// what it sent before is still delivered, also what is on its ring yet, then this end closes; what was under way to that guest is thrown away. A console counts as
/// open as long as it is there.
/// </summary>
public sealed class BridgeEndpoint : IHostEndpoint
{
    private readonly BridgeSide _own;
    private readonly BridgeSide _other;
    private readonly Action _look;
    private readonly Action _closeIfDry;
    private Worker? _worker;
    private IEndpointObserver? _observer;
    private string _description = "a port that is not served yet";
    private int _lookPending;
    private int _shown;        // The other's session that this port's guest was told of; 0: none.
    private long _shownEnd;    // Where its bytes end, once the other is beyond it.
    private bool _isHeard;     // The other side has taken notice of this one's session: what comes is for it.
    private bool _closesWhenDry; // The guest has closed the port: Linux's writes return before the device has seen their bytes.
    private bool _mayHaveInput;
    private bool _isDisposed;

    internal BridgeEndpoint(BridgeSide own, BridgeSide other) => (_own, _other, _look, _closeIfDry) = (own, other, Look, CloseIfDry);

    /// <inheritdoc/>
    public bool IsOpen => _shown != 0;

    /// <inheritdoc/>
    public bool TakesOutput => _shown != 0 && _shown == _own.Heard;

    /// <inheritdoc/>
    public bool MayHaveInput => _mayHaveInput && _shown != 0 && _isHeard;

    /// <summary>In the eyes of the other side.</summary>
    private bool IsGuestOpen => (_own.Session & 1) == 1;

    private BridgeRing Input => _other.Output;

    /// <inheritdoc/>
    public void Start(Worker worker, IEndpointObserver observer)
    {
        _observer = observer;
        Volatile.Write(ref _description, $"port '{observer.Name}' of {observer.Guest}");
        Volatile.Write(ref _worker, worker);
        if (observer.IsConsole)
        {
            ChangeSession();
        }

        Look();
    }

    /// <inheritdoc/>
    public nint Write(ReadOnlySpan<IoVector> segments)
    {
        if (!TakesOutput)
        {
            return 0;
        }

        BridgeRing output = _own.Output;
        long taken = output.Write(segments);
        if (output.MayWakeReader())
        {
            Wake(_other.Port);
        }

        if (taken == 0 && output.WaitForRoom())
        {
            _observer!.OutputPossible();
        }

        if (_closesWhenDry)
        {
            _worker!.Post(_closeIfDry); // When the ring is rid of what was taken.
        }

        return (nint)taken;
    }

    /// <inheritdoc/>
    public nint Read(ReadOnlySpan<IoVector> segments)
    {
        bool ends = _shown != _own.Heard;
        long limit = ends ? _shownEnd : Input.End;
        if (!ends && _other.Session != _own.Heard)
        {
            // Looked at after the end: what is before it may be the next session's, and the other side has said so.
            _mayHaveInput = false;
            return 0;
        }

        long read = Input.Read(segments, limit);
        WakeWriter();
        if (ends)
        {
            EndShown();
        }
        else
        {
            _mayHaveInput = Input.End > Input.Start || Input.WaitForBytes();
        }

        return (nint)read;
    }

    /// <inheritdoc/>
    public void GuestOpenChanged(bool open)
    {
        if (_observer!.IsConsole)
        {
            return;
        }

        if (_closesWhenDry)
        {
            Close(); // What comes now is another session's.
        }

        if (open && !IsGuestOpen)
        {
            ChangeSession();
        }
        else if (!open && IsGuestOpen)
        {
            _closesWhenDry = true;
            DiscardInput();
            CloseIfDry();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_isDisposed)
        {
            return;
        }

        _isDisposed = true;
        if (IsGuestOpen)
        {
            _own.NextSession();
        }

        _own.Leave();
        TellOther();
    }

    /// <inheritdoc/>
    public override string ToString() => Volatile.Read(ref _description);

    private void CloseIfDry()
    {
        if (_closesWhenDry && !_isDisposed && !(TakesOutput && _observer!.Buffers.HasOutput))
        {
            Close();
        }
    }

    private void Close()
    {
        _closesWhenDry = false;
        ChangeSession();
        EndShown();
    }

    private void ChangeSession()
    {
        _own.NextSession();
        _isHeard = false;
        TellOther();
    }

    /// <summary>The other side did something: opened or closed its port, wrote, read, or took notice of what this one did.</summary>
    private void Look()
    {
        Interlocked.Exchange(ref _lookPending, 0); // Before anything is looked at: what happens from here on wakes again.
        if (_isDisposed)
        {
            return;
        }

        (int session, long start) = _other.Look();
        if (session != _own.Heard)
        {
            // Of several sessions that came and went meanwhile nothing is told but that they are over.
            _shownEnd = _shown == _own.Heard ? start : _shownEnd;
            _own.Hear(session);
            TellOther();
        }

        if (!_isHeard && _other.Heard == _own.Session)
        {
            _isHeard = true;
            Skip(_other.HeardAt);
        }

        EndShown();
        ShowNext(start);
        DiscardInput();
        CloseIfDry();
        _mayHaveInput = true;
        _observer!.InputPossible();
        _observer.OutputPossible();
    }

    /// <summary>The other side's guest is beyond the session that this one's knows: it is over when its last byte was read, or nobody will.</summary>
    private void EndShown()
    {
        if (_shown == 0 || _shown == _own.Heard || (_isHeard && IsGuestOpen && !_closesWhenDry && Input.Start < _shownEnd))
        {
            return;
        }

        _shown = 0;
        _observer!.HostOpenChanged();
        (int session, long start) = _other.Look();
        if (session == _own.Heard)
        {
            ShowNext(start);
        }
    }

    private void ShowNext(long start)
    {
        if (_shown == 0 && (_own.Heard & 1) == 1)
        {
            Skip(start);
            _shown = _own.Heard;
            _mayHaveInput = true;
            _observer!.HostOpenChanged();
        }
    }

    private void Skip(long position)
    {
        Input.SkipTo(position);
        WakeWriter();
    }

    /// <summary>The guest does not read any more, and the other side may not end its own session before there is room for the last of it.</summary>
    private void DiscardInput()
    {
        while (_closesWhenDry && (Input.Start < Input.End || Input.WaitForBytes()))
        {
            Skip(Input.End);
        }
    }

    private void WakeWriter()
    {
        if (Input.MayWakeWriter())
        {
            Wake(_other.Port);
        }
    }

    /// <summary>Its ring has bytes, or room.</summary>
    private void Wake(BridgeEndpoint? port)
    {
        if (port is not null && Volatile.Read(ref port._worker) == _worker)
        {
            port.LookAtRing();
        }
        else
        {
            WakeLater(port);
        }
    }

    /// <summary>Sessions changed.</summary>
    private void TellOther()
    {
        // Pairs with the exchange that takes a place: either this sees who is there, or that sees what this has to tell.
        Interlocked.MemoryBarrier();
        WakeLater(_other.Port);
    }

    /// <summary>On the thread it lives on, and while that serves the other end: no more than the ring is looked at.</summary>
    private void LookAtRing()
    {
        DiscardInput();
        _mayHaveInput = true;
        _observer!.InputPossible();
        _observer.OutputPossible();
    }

    private static void WakeLater(BridgeEndpoint? port)
    {
        if (port is not null && Volatile.Read(ref port._worker) is { } worker && Interlocked.Exchange(ref port._lookPending, 1) == 0)
        {
            worker.Post(port._look);
        }
    }
}
