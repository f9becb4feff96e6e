using System.Diagnostics.CodeAnalysis;
using System.IO.Pipelines;
using FastRing.Interop;
using FastRing.Memory;

namespace FastRing.Console.Endpoints.Pipes;

/// <summary>
/// Writes into the guest's own receive buffers. While the guest has none, or none long enough, bytes wait in private memory, and a flush waits when
/// they are too many.
/// </summary>
[SuppressMessage("Design", "CA1001", Justification = "GuestBytes owns nothing: there is nothing to dispose of.")]
internal sealed class InPlaceWriter(InPlacePipeEndpoint pipe) : PipeWriter
{
    private const int LeastPrivate = 4096;

    private readonly Awaited<FlushResult> _flush = new();
    private readonly ByteQueue _waiting = new();       // flushed, then not flushed: _unflushedPrivate of them
    private readonly GuestBytes _lentGuest = new();
    private CancellationTokenRegistration _registration;
    private CancellationToken _cancellation;
    private IoVector _lentRoom;                        // of the guest, what is left of it since GetMemory
    private bool _lendsGuest;                          // what GetMemory gave last is the guest's
    private Memory<byte> _lent;                        // what is left of it, the guest's or private
    private long _unflushedInPlace;
    private int _unflushedPrivate;
    private bool _isCanceled;

    /// <summary>Nobody writes any more.</summary>
    public bool IsDone { get; private set; }

    /// <summary>Nobody writes any more, and nothing waits.</summary>
    public bool IsOver => pipe.HasEnded || (IsDone && !WantsRoom);

    /// <summary>Flushed bytes wait for room.</summary>
    public bool WantsRoom => _waiting.Length > _unflushedPrivate;

    /// <inheritdoc/>
    public override bool CanGetUnflushedBytes => true;

    /// <inheritdoc/>
    public override long UnflushedBytes => _unflushedInPlace + _unflushedPrivate;

    /// <summary>Guest memory is about to go: what is written in it is the guest's, and whoever was lent some goes on in private memory.</summary>
    public void BuffersGone()
    {
        if (_lentRoom.Length > 0)
        {
            Memory<byte> lent = _lentGuest.Memory;
            Memory<byte> copy = _waiting.Free(lent.Length)[..lent.Length];
            lent.CopyTo(copy);
            _lentGuest.Rename(copy);
            _waiting.Advance(lent.Length - _lent.Length); // Nothing waits, or none would have been lent: this much is written already.
            _waiting.Skip(lent.Length - _lent.Length);
            _lentRoom = default;
            _lendsGuest = false;
        }

        ForgetLent();
        PublishInPlace();
    }

    /// <summary>Moves what waits into the guest's buffers, and completes the pending flush when little enough is left.</summary>
    public void Run()
    {
        Drain();
        if (!_flush.IsPending)
        {
            return;
        }

        if (_cancellation.IsCancellationRequested)
        {
            EndWait();
            _flush.Fail(new OperationCanceledException(_cancellation));
        }
        else if (_isCanceled || pipe.HasEnded || _waiting.Length - _unflushedPrivate <= pipe.Options.BufferLimit / 2)
        {
            EndWait();
            _flush.Set(TakeResult());
        }
    }

    public void WakeIfPending()
    {
        if (_flush.IsPending)
        {
            pipe.Schedule();
        }
    }

    /// <inheritdoc/>
    public override Memory<byte> GetMemory(int sizeHint = 0)
    {
        ThrowIfDone();
        ArgumentOutOfRangeException.ThrowIfNegative(sizeHint);
        int least = Math.Max(sizeHint, 1);
        _lentRoom = _waiting.Length == 0 ? Room((nuint)least) : default;
        _lendsGuest = _lentRoom.Length > 0;
        return _lent = _lendsGuest ? _lentGuest.Name(_lentRoom) : _waiting.Free(Math.Max(least, LeastPrivate));
    }

    /// <inheritdoc/>
    public override Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;

    /// <inheritdoc/>
    public override void Advance(int bytes)
    {
        ThrowIfDone();
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)bytes, (uint)_lent.Length, nameof(bytes));
        if (_lentRoom.Length > 0)
        {
            pipe.Buffers.Wrote((nuint)bytes);
            _unflushedInPlace += bytes;
            _lentRoom = _lentRoom.Slice((nuint)bytes);
        }
        else
        {
            _waiting.Advance(bytes);
            _unflushedPrivate += bytes;
        }

        _lent = _lent[bytes..];
    }

    /// <inheritdoc/>
    public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default)
    {
        ThrowIfDone();
        if (_flush.IsPending)
        {
            throw new InvalidOperationException("the last flush is still waiting");
        }

        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<FlushResult>(cancellationToken);
        }

        Show();
        if (_isCanceled || pipe.HasEnded || _waiting.Length <= pipe.Options.BufferLimit)
        {
            return new ValueTask<FlushResult>(TakeResult());
        }

        // Pending first: a token that is canceled just now calls back at once, and must find somebody waiting.
        ValueTask<FlushResult> flush = _flush.Begin();
        _cancellation = cancellationToken;
        _registration = cancellationToken.UnsafeRegister(static writer => ((InPlaceWriter)writer!).Post(static w => w.WakeIfPending()), this);
        return flush;
    }

    /// <inheritdoc/>
    public override void CancelPendingFlush() => Post(static writer =>
    {
        writer._isCanceled = true;
        writer.WakeIfPending();
    });

    /// <inheritdoc/>
    public override void Complete(Exception? exception = null)
    {
        pipe.ThrowIfElsewhere();
        if (!IsDone)
        {
            Show();
            IsDone = true;
            pipe.HalfDone();
        }
    }

    /// <inheritdoc/>
    protected override Task CopyFromAsync(Stream source, CancellationToken cancellationToken = default) => WorkerCopy.RunAsync(source, this, cancellationToken);

    /// <summary>The guest's room, if there is so much in one piece. The rest of a buffer that is too short is left empty.</summary>
    private IoVector Room(nuint least)
    {
        IoVector room = pipe.Room;
        if (room.Length > 0 && room.Length < least && _unflushedInPlace > 0)
        {
            pipe.Buffers.EndBuffer();
            room = pipe.Room;
        }

        return room.Length >= least ? room : default;
    }

    /// <summary>Everything written so far is the guest's, or waits to be.</summary>
    private void Show()
    {
        _lent = default;
        _lentRoom = default;
        ForgetLent();
        _unflushedPrivate = 0;
        PublishInPlace();
        Drain();
    }

    /// <summary>Who keeps what GetMemory gave must not reach the guest's buffer any more: it is the guest's, and may be gone.</summary>
    private void ForgetLent()
    {
        if (_lendsGuest)
        {
            _lendsGuest = false;
            _lentGuest.Forget();
        }
    }

    private void PublishInPlace()
    {
        if (_unflushedInPlace > 0)
        {
            _unflushedInPlace = 0;
            pipe.Buffers.Publish();
        }
    }

    private void Drain()
    {
        if (!WantsRoom)
        {
            return;
        }

        if (pipe.HasEnded)
        {
            _waiting.Skip(_waiting.Length - _unflushedPrivate);
        }
        else
        {
            Fill();
        }

        if (_waiting.Length == 0 && _lent.IsEmpty)
        {
            _waiting.Clear();
        }

        if (IsOver)
        {
            pipe.HalfDone();
        }
    }

    private void Fill()
    {
        bool any = false;
        for (IoVector room = pipe.Room; WantsRoom && room.Length > 0; room = pipe.Room)
        {
            int part = (int)Math.Min(room.Length, (nuint)(_waiting.Length - _unflushedPrivate));
            _waiting.Filled.Span[..part].CopyTo(room.Slice(0, (nuint)part).Span);
            pipe.Buffers.Wrote((nuint)part);
            _waiting.Skip(part);
            any = true;
        }

        if (any)
        {
            pipe.Buffers.Publish();
        }
    }

    private FlushResult TakeResult()
    {
        var result = new FlushResult(_isCanceled, pipe.HasEnded);
        _isCanceled = false;
        return result;
    }

    private void EndWait()
    {
        _registration.Dispose();
        _registration = default;
    }

    private void ThrowIfDone()
    {
        pipe.ThrowIfElsewhere();
        if (IsDone)
        {
            throw new InvalidOperationException("the writer was completed");
        }
    }

    private void Post(Action<InPlaceWriter> action)
    {
        if (pipe.IsCurrent)
        {
            action(this);
        }
        else
        {
            pipe.Post(() => action(this));
        }
    }
}
