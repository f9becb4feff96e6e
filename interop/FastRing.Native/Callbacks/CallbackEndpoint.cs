using FastRing.Console.Endpoints;
using FastRing.Interop;
using FastRing.Native.Layout;
using FastRing.Workers;

namespace FastRing.Native.Callbacks;

/// <summary>A port's host end in a program's functions.</summary>
internal sealed unsafe class CallbackEndpoint : IHostEndpoint
{
    private readonly EndpointOperations _operations;
    private readonly void* _user;
    private readonly Action _inputPossible; // Made once: they are posted again and again.
    private readonly Action _outputPossible;
    private readonly Action _open;
    private readonly Action _close;
    private Worker? _worker; // Null before it starts and once it is gone.
    private IEndpointObserver? _observer;
    private int _inputPosted; // 1: it is on its way already, and once is enough.
    private int _outputPosted;
    private bool _isStopped; // A callback lied, or the port is gone.

    public CallbackEndpoint(in EndpointOperations operations, void* user, bool isOpen)
    {
        _operations = operations;
        _user = user;
        IsOpen = isOpen;
        _inputPossible = OnInputPossible;
        _outputPossible = OnOutputPossible;
        _open = () => SetOpen(true);
        _close = () => SetOpen(false);
    }

    public bool IsOpen { get; private set; }

    public bool MayHaveInput { get; private set; }

    public void Start(Worker worker, IEndpointObserver observer)
    {
        _worker = worker;
        _observer = observer;
        MayHaveInput = _operations.Read != null;
        observer.HostOpenChanged();
    }

    public nint Write(ReadOnlySpan<IoVector> segments) =>
        !IsOpen ? 0 : _operations.Write == null ? (nint)Total(segments) : Call(_operations.Write, segments, "write");

    public nint Read(ReadOnlySpan<IoVector> segments)
    {
        nint read = IsOpen && MayHaveInput ? Call(_operations.Read, segments, "read") : 0;
        MayHaveInput = read > 0;
        return read;
    }

    public void GuestOpenChanged(bool open)
    {
        if (_operations.GuestOpen != null)
        {
            using CallbackScope scope = CallbackScope.Enter();

            // SAFETY: the program's function, with what it was registered with.
            _operations.GuestOpen(_user, open ? 1 : 0);
        }
    }

    public void Dispose()
    {
        _isStopped = true;
        IsOpen = MayHaveInput = false;
        bool wasStarted = Interlocked.Exchange(ref _worker, null) is not null;
        if (wasStarted && _operations.Gone != null)
        {
            using CallbackScope scope = CallbackScope.Enter();

            // SAFETY: the program's function, with what it was registered with.
            _operations.Gone(_user);
        }
    }

    /// <summary>Somebody is there, or not. Any thread; not at once, even on the worker's: callbacks of this port may be on the stack.</summary>
    public void PostOpen(bool open) => _worker?.Post(open ? _open : _close);

    /// <summary>Any thread.</summary>
    public void PostInputPossible() => PostOnce(ref _inputPosted, _inputPossible);

    /// <summary>Any thread.</summary>
    public void PostOutputPossible() => PostOnce(ref _outputPosted, _outputPossible);

    private void PostOnce(ref int posted, Action action)
    {
        if (Interlocked.Exchange(ref posted, 1) == 0)
        {
            _worker?.Post(action);
        }
    }

    // Cleared before the program is asked: the full fence pairs with the exchange in PostOnce, so what is there before a call that posts nothing is seen here.
    private void OnOutputPossible()
    {
        Interlocked.Exchange(ref _outputPosted, 0);
        _observer!.OutputPossible();
    }

    private void OnInputPossible()
    {
        Interlocked.Exchange(ref _inputPosted, 0);
        if (!_isStopped && _operations.Read != null)
        {
            MayHaveInput = true;
            _observer!.InputPossible();
        }
    }

    private void SetOpen(bool open)
    {
        if (!_isStopped && open != IsOpen)
        {
            IsOpen = open;
            MayHaveInput = open && _operations.Read != null;
            _observer!.HostOpenChanged();
        }
    }

    private nint Call(delegate* unmanaged<void*, IoVector*, uint, nuint> function, ReadOnlySpan<IoVector> segments, string name)
    {
        nuint moved;
        fixed (IoVector* first = segments)
        {
            using CallbackScope scope = CallbackScope.Enter();

            // SAFETY: the program's function, with what it was registered with; the segments are pinned, and what they say is mapped, until it returns.
            moved = function(_user, first, (uint)segments.Length);
        }

        return moved <= Total(segments) ? (nint)moved : Stop(name, moved);
    }

    /// <summary>Nothing it says is believed any more.</summary>
    private nint Stop(string name, nuint moved)
    {
        _observer!.Report($"the callback {name} says it moved {moved} bytes, more than there are: the port is closed");
        _isStopped = true;
        IsOpen = MayHaveInput = false;
        _observer.HostOpenChanged();
        return 0;
    }

    private static nuint Total(ReadOnlySpan<IoVector> segments)
    {
        nuint bytes = 0;
        foreach (IoVector segment in segments)
        {
            bytes += segment.Length;
        }

        return bytes;
    }
}
