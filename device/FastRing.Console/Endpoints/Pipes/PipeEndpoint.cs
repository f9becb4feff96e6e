using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using FastRing.Console.Ports;
using FastRing.Interop;
using FastRing.Memory;
using FastRing.Workers;

namespace FastRing.Console.Endpoints.Pipes;

/// <summary>
/// A port as a pipe of private memory, for any thread: each byte is copied once, on the device's worker, so the guest can't change what is being parsed.
/// Two of the framework's pipes do the rest.
/// </summary>
[SuppressMessage("Reliability", "CA2012", Justification = "One read and one flush at a time, each consumed once, by the callback that it completes.")]
public sealed class PipeEndpoint : IHostEndpoint, IDuplexPipe
{
    private readonly Pipe _toHost;
    private readonly Pipe _toGuest;
    private readonly PipeEndpointOptions _options;
    private readonly Action _takesMore;
    private readonly Action _hasMore;
    private readonly Action _onTakesMore;
    private readonly Action _onHasMore;
    private Worker? _worker;
    private IEndpointObserver? _observer;
    private ValueTaskAwaiter<FlushResult> _flush;
    private ValueTaskAwaiter<ReadResult> _read;
    private ReadOnlySequence<byte> _input;   // what was read and is not in the guest's buffers
    private bool _isFull;
    private bool _isInputOver;
    private bool _isOutputOver;
    private bool _endsWhenDry;
    private bool _isRemoved;
    private bool _wasOpen;

    /// <summary>Makes an endpoint for one port.</summary>
    /// <param name="options">Limits.</param>
    /// <param name="scheduler">Where what awaits a read or a flush goes on; null: the thread pool.</param>
    public PipeEndpoint(PipeEndpointOptions? options = null, PipeScheduler? scheduler = null)
    {
        _options = options ?? new PipeEndpointOptions();
        _options.ThrowIfInvalid();
        _toHost = new Pipe(PipeOptions(scheduler, PipeScheduler.Inline, Piece));
        _toGuest = new Pipe(PipeOptions(PipeScheduler.Inline, scheduler, _options.BufferLimit));
        _takesMore = TakesMore;
        _hasMore = HasMore;
        _onTakesMore = () => _worker!.Post(_takesMore);
        _onHasMore = () => _worker!.Post(_hasMore);
    }

    /// <summary>What the guest sends. Any thread.</summary>
    public PipeReader Input => _toHost.Reader;

    /// <summary>What the guest gets. Any thread.</summary>
    public PipeWriter Output => _toGuest.Writer;

    /// <summary>Who is talking to whom: it changes when the guest closes and opens the port, or is another. Any thread.</summary>
    public PortSession Session => _observer?.Session ?? default;

    /// <inheritdoc/>
    public bool IsOpen => _worker is not null && !_isRemoved && !(_isInputOver && _isOutputOver);

    /// <inheritdoc/>
    public bool TakesOutput => IsOpen && !_isOutputOver;

    /// <inheritdoc/>
    public bool MayHaveInput => !_input.IsEmpty;

    /// <summary>A pipe takes no more once it holds a piece, so it holds two at the most.</summary>
    private int Piece => _options.BufferLimit / 2;

    /// <inheritdoc/>
    public void Start(Worker worker, IEndpointObserver observer)
    {
        ThrowIfStarted(_worker);
        _worker = worker;
        _observer = observer;
        _wasOpen = true;
        observer.HostOpenChanged();
        BeginRead();
        WatchReader();
    }

    /// <inheritdoc/>
    public nint Write(ReadOnlySpan<IoVector> segments)
    {
        nint taken = 0;
        foreach (IoVector segment in segments)
        {
            if (_isFull || _isOutputOver)
            {
                break;
            }

            int length = (int)Math.Min(segment.Length, (nuint)Piece);
            _toHost.Writer.Write(segment.Slice(0, (nuint)length).Span);
            taken += length;
            BeginFlush();
            if ((nuint)length < segment.Length)
            {
                break;
            }
        }

        if (_endsWhenDry)
        {
            _worker!.Post(EndIfDry);
        }

        return taken;
    }

    /// <inheritdoc/>
    public nint Read(ReadOnlySpan<IoVector> segments)
    {
        nint given = 0;
        foreach (IoVector segment in segments)
        {
            int length = (int)Math.Min((long)segment.Length, _input.Length);
            _input.Slice(0, length).CopyTo(segment.Slice(0, (nuint)length).Span);
            _input = _input.Slice(length);
            given += length;
        }

        if (_input.IsEmpty && given > 0)
        {
            _toGuest.Reader.AdvanceTo(_input.Start);
            BeginRead();
        }

        return given;
    }

    /// <inheritdoc/>
    public void GuestOpenChanged(bool open)
    {
        if (!open && _options.EndsWithGuest)
        {
            _endsWhenDry = true;
            EndIfDry();
        }
        else if (_endsWhenDry)
        {
            End(); // What comes now is another session's.
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _isRemoved = true;
        End();
    }

    /// <exception cref="InvalidOperationException">It is another port's.</exception>
    internal static void ThrowIfStarted(Worker? worker)
    {
        if (worker is not null)
        {
            throw new InvalidOperationException("the pipe is another port's");
        }
    }

    private static PipeOptions PipeOptions(PipeScheduler? reader, PipeScheduler? writer, int limit) => new(
        pool: BlockPool.Shared,
        readerScheduler: reader,
        writerScheduler: writer,
        pauseWriterThreshold: limit,
        resumeWriterThreshold: limit / 2,
        minimumSegmentSize: BlockPool.BlockBytes,
        useSynchronizationContext: false);

    private void BeginFlush()
    {
        try
        {
            _flush = _toHost.Writer.FlushAsync().GetAwaiter();
        }
        catch (Exception)
        {
            OutputOver(); // The reader was completed with it: that is the host's own affair.
            return;
        }

        _isFull = !_flush.IsCompleted;
        if (_isFull)
        {
            _flush.UnsafeOnCompleted(_onTakesMore);
        }
        else
        {
            EndFlush();
        }
    }

    private void EndFlush()
    {
        bool isOver = true;
        try
        {
            isOver = _flush.GetResult().IsCompleted;
        }
        catch (Exception)
        {
            // As above.
        }

        if (isOver)
        {
            OutputOver();
        }
    }

    private void TakesMore()
    {
        _isFull = false;
        EndFlush();
        _observer!.OutputPossible();
    }

    /// <summary>A guest is to hear that nobody reads any more, also one that does not write.</summary>
    private void WatchReader()
    {
#pragma warning disable CS0618 // Not for every writer; the framework's own pipe has it.
        _toHost.Writer.OnReaderCompleted(static (_, endpoint) => ((PipeEndpoint)endpoint!).PostOutputOver(), this);
#pragma warning restore CS0618
    }

    private void PostOutputOver() => _worker!.Post(OutputOver);

    private void OutputOver()
    {
        if (!_isOutputOver)
        {
            _isOutputOver = true;
            EndIfDry();
            OpenChanged();
            _observer!.OutputPossible(); // What is discarded from now on.
        }
    }

    private void BeginRead()
    {
        try
        {
            _read = _toGuest.Reader.ReadAsync().GetAwaiter();
        }
        catch (Exception)
        {
            InputOver(); // The writer was completed with it: that is the host's own affair.
            return;
        }

        if (_read.IsCompleted)
        {
            HasMore();
        }
        else
        {
            _read.UnsafeOnCompleted(_onHasMore);
        }
    }

    private void HasMore()
    {
        if (_isInputOver)
        {
            return;
        }

        bool isOver = true;
        try
        {
            ReadResult result = _read.GetResult();
            _input = result.Buffer;
            isOver = result.IsCompleted;
        }
        catch (Exception)
        {
            // As above.
        }

        if (!_input.IsEmpty)
        {
            _observer!.InputPossible();
        }
        else if (isOver)
        {
            InputOver();
        }
    }

    private void InputOver()
    {
        _isInputOver = true;
        _toGuest.Reader.Complete();
        OpenChanged();
    }

    /// <summary>What the guest sent before it closed the port is read first.</summary>
    private void EndIfDry()
    {
        if (_endsWhenDry && !_isRemoved && (_isOutputOver || !_observer!.Buffers.HasOutput))
        {
            End();
        }
    }

    private void OpenChanged()
    {
        if (_wasOpen && !IsOpen && !_isRemoved)
        {
            _wasOpen = false;
            _observer!.HostOpenChanged();
        }
    }

    private void End()
    {
        _endsWhenDry = false;
        _isOutputOver = _isInputOver = true;
        _input = default;
        _toHost.Writer.Complete();
        _toGuest.Reader.Complete();
        OpenChanged();
    }
}
