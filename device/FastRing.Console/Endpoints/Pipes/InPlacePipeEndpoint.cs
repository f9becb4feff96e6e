using System.IO.Pipelines;
using FastRing.Console.Ports;
using FastRing.Interop;
using FastRing.Workers;

namespace FastRing.Console.Endpoints.Pipes;

/// <summary>
/// A port as a pipe over guest memory: <see cref="Input"/> reads the guest's buffers where they are, <see cref="Output"/> hands out its receive buffers to be
/// written to, and nothing is copied while the guest keeps up. It lives on the device's worker: every call but the two that cancel is made on that
/// thread (<see cref="Worker.RunAsync"/>), and what awaits it goes on there. So is the memory: it is not to be given to anything that works elsewhere.
/// <para>
/// The guest may change what is read while it is read. Whoever parses bytes twice, or hands them to code that does, wants <see cref="PipeEndpoint"/>, which
/// copies them first and may be used on any thread. A console's guest does not wait for a reader: its bytes are copied at once here, too.
/// </para>
/// </summary>
public sealed class InPlacePipeEndpoint : WorkItem, IHostEndpoint, IDuplexPipe
{
    private readonly InPlaceReader _reader;
    private readonly InPlaceWriter _writer;
    private Worker? _worker;
    private IEndpointObserver? _observer;
    private bool _isRemoved;
    private bool _wasOpen;

    /// <summary>Makes an endpoint for one port.</summary>
    public InPlacePipeEndpoint(PipeEndpointOptions? options = null)
    {
        Options = options ?? new PipeEndpointOptions();
        Options.ThrowIfInvalid();
        _reader = new InPlaceReader(this);
        _writer = new InPlaceWriter(this);
    }

    /// <summary>What the guest sends.</summary>
    public PipeReader Input => _reader;

    /// <summary>What the guest gets.</summary>
    public PipeWriter Output => _writer;

    /// <summary>Who is talking to whom: it changes when the guest closes and opens the port, or is another.</summary>
    public PortSession Session => _observer?.Session ?? default;

    /// <inheritdoc/>
    public bool IsOpen => _worker is not null && !_isRemoved && !(_reader.IsOver && _writer.IsOver);

    /// <inheritdoc/>
    public bool TakesOutput => IsOpen && !_reader.IsOver;

    /// <inheritdoc/>
    public bool MayHaveInput => false;

    /// <inheritdoc/>
    public bool WantsRoom => _writer.WantsRoom;

    internal PipeEndpointOptions Options { get; }

    internal IGuestBuffers Buffers => _observer!.Buffers;

    internal bool IsCurrent => _worker is { IsCurrent: true };

    internal bool IsConsole => _observer!.IsConsole;

    /// <summary>Nothing more comes from the guest, nor goes to it.</summary>
    internal bool HasEnded { get; private set; }

    internal bool HasOutput => !_isRemoved && Buffers.HasOutput;

    internal IoVector Room => HasEnded ? default : Buffers.Room;

    /// <inheritdoc/>
    public void Start(Worker worker, IEndpointObserver observer)
    {
        PipeEndpoint.ThrowIfStarted(_worker);
        _worker = worker;
        _observer = observer;
        _wasOpen = true;
        observer.HostOpenChanged();
    }

    /// <inheritdoc/>
    public nint Write(ReadOnlySpan<IoVector> segments) => _reader.Offer(segments);

    /// <inheritdoc/>
    public nint Read(ReadOnlySpan<IoVector> segments) => 0;

    /// <inheritdoc/>
    public void RoomPossible() => Schedule();

    /// <inheritdoc/>
    public void GuestOpenChanged(bool open)
    {
        if (open && HasEnded)
        {
            _reader.End(); // What comes now is another session's.
            HalfDone();
        }

        HasEnded |= !open && Options.EndsWithGuest;
        Schedule(); // What waits may have room now, or is not wanted any more.
    }

    /// <inheritdoc/>
    public void GuestBuffersGone()
    {
        _reader.BuffersGone();
        _writer.BuffersGone();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (!_isRemoved)
        {
            try
            {
                GuestBuffersGone();
            }
            finally
            {
                _isRemoved = HasEnded = true;
                _worker?.Schedule(this);
            }
        }
    }

    internal void ThrowIfElsewhere()
    {
        if (!IsCurrent)
        {
            throw new InvalidOperationException(_worker is null
                ? "the port was not started yet"
                : "an in-place pipe is used on its device's worker: see Worker.RunAsync; PipeEndpoint may be used on any thread");
        }
    }

    internal void Schedule() => _worker!.Schedule(this);

    internal void Post(Action action)
    {
        if (_worker is { } worker)
        {
            worker.Post(action);
        }
        else
        {
            action(); // Nobody else has it yet.
        }
    }

    internal void WantOutput()
    {
        if (!_isRemoved)
        {
            _observer!.OutputPossible();
        }
    }

    /// <summary>The reader or the writer is over, perhaps both.</summary>
    internal void HalfDone()
    {
        if (_isRemoved)
        {
            return;
        }

        if (_wasOpen && !IsOpen)
        {
            _wasOpen = false;
            _observer!.HostOpenChanged();
        }

        _observer!.OutputPossible();
    }

    /// <inheritdoc/>
    protected override bool Run()
    {
        _reader.Run();
        _writer.Run();
        return false;
    }

    /// <inheritdoc/>
    protected override void OnFault(Exception fault) => _observer!.Report($"{nameof(InPlacePipeEndpoint)}: {fault}");
}
