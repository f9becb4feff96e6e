using System.Buffers;
using System.IO.Pipelines;
using FastRing.Interop;

namespace FastRing.Console.Endpoints.Pipes;

/// <summary>
/// Reads a guest's bytes where they are. What is consumed goes back to the guest at once; what was examined and not consumed is copied out, so
/// that the guest gets its buffers back and a message may be longer than all of them.
/// </summary>
internal sealed class InPlaceReader(InPlacePipeEndpoint pipe) : PipeReader
{
    private readonly Awaited<ReadResult> _read = new();
    private readonly ByteQueue _kept = new();              // private: it stands before what is offered
    private readonly ByteSegment _keptSegment = new();
    private readonly OfferedSegments _offered = new();
    private CancellationTokenRegistration _registration;
    private CancellationToken _cancellation;
    private long _lentBytes;
    private long _examined;    // from the first byte there is
    private bool _isLent;      // between a read and its AdvanceTo
    private bool _isTaken;     // what is lent is a copy: its buffers are the guest's again
    private bool _isCanceled;
    private bool _isTooLong;

    /// <summary>Nobody reads any more.</summary>
    public bool IsDone { get; private set; }

    /// <summary>Nothing more will be read.</summary>
    public bool IsOver { get; private set; }

    private long Bytes => _kept.Length + _offered.Bytes;

    private bool HasNews => Bytes > _examined;

    /// <summary>Guest buffers are offered.</summary>
    /// <returns>Bytes of them that were taken at once.</returns>
    public nint Offer(ReadOnlySpan<IoVector> segments)
    {
        if (IsOver)
        {
            return 0;
        }

        nint taken = 0;
        if (pipe.IsConsole)
        {
            taken = Keep(segments);
        }
        else if (!_isLent && _offered.Bytes == 0)
        {
            foreach (IoVector segment in segments)
            {
                _offered.Add(segment);
            }
        }

        WakeIfPending();
        return taken;
    }

    /// <summary>Guest memory is about to go: whoever was lent some is left with a copy, and the guest has its buffers back.</summary>
    public void BuffersGone()
    {
        if (_offered.Bytes == 0 || _isTaken)
        {
            return;
        }

        if (_isLent)
        {
            _isTaken = true;
            _offered.CopyOut();
            pipe.Buffers.Take((nuint)_offered.Bytes);
        }
        else
        {
            _offered.Forget();
            _examined = Math.Min(_examined, _kept.Length);
            pipe.WantOutput(); // It is offered again, if only another queue went.
        }
    }

    /// <summary>Completes the pending read, if there is anything to say.</summary>
    public void Run()
    {
        if (!_read.IsPending)
        {
            return;
        }

        if (IsDone)
        {
            EndWait();
            _read.Fail(new InvalidOperationException("the reader was completed"));
        }
        else if (_cancellation.IsCancellationRequested)
        {
            EndWait();
            _read.Fail(new OperationCanceledException(_cancellation));
        }
        else if (TryTake(out ReadResult result))
        {
            EndWait();
            _read.Set(result);
        }
    }

    public void WakeIfPending()
    {
        if (_read.IsPending)
        {
            pipe.Schedule();
        }
    }

    /// <summary>What is not lent is not read any more.</summary>
    public void End()
    {
        BuffersGone();
        IsOver = true;
        WakeIfPending();
    }

    /// <inheritdoc/>
    public override ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default)
    {
        ThrowIfBusy();
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<ReadResult>(cancellationToken);
        }

        if (TryTake(out ReadResult result))
        {
            return new ValueTask<ReadResult>(result);
        }

        // Pending first: a token that is canceled just now calls back at once, and must find somebody waiting.
        ValueTask<ReadResult> read = _read.Begin();
        _cancellation = cancellationToken;
        _registration = cancellationToken.UnsafeRegister(static reader => ((InPlaceReader)reader!).Post(static r => r.WakeIfPending()), this);
        return read;
    }

    /// <inheritdoc/>
    public override bool TryRead(out ReadResult result)
    {
        ThrowIfBusy();
        return TryTake(out result);
    }

    /// <inheritdoc/>
    public override void AdvanceTo(SequencePosition consumed) => AdvanceTo(consumed, consumed);

    /// <inheritdoc/>
    public override void AdvanceTo(SequencePosition consumed, SequencePosition examined)
    {
        pipe.ThrowIfElsewhere();
        if (!_isLent)
        {
            throw new InvalidOperationException("nothing was read that could be advanced over");
        }

        long consumedBytes = Offset(consumed);
        long examinedBytes = examined.GetObject() is null ? consumedBytes : Offset(examined);
        if (consumedBytes < 0 || examinedBytes < consumedBytes || examinedBytes > _lentBytes)
        {
            throw new InvalidOperationException("the position does not lie in what was read, or what is consumed was not examined");
        }

        _isLent = _kept.IsLent = false;
        Release(consumedBytes, examinedBytes);
        if (_offered.Bytes == 0)
        {
            pipe.WantOutput();
        }
    }

    /// <inheritdoc/>
    public override void CancelPendingRead() => Post(static reader =>
    {
        reader._isCanceled = true;
        reader.WakeIfPending();
    });

    /// <inheritdoc/>
    public override void Complete(Exception? exception = null)
    {
        pipe.ThrowIfElsewhere();
        if (!IsDone)
        {
            IsDone = IsOver = true;
            _isLent = _isTaken = _kept.IsLent = false;
            _offered.Forget();
            _kept.Clear();
            WakeIfPending();
            pipe.HalfDone();
        }
    }

    /// <inheritdoc/>
    public override Task CopyToAsync(PipeWriter destination, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(destination);
        return WorkerCopy.RunAsync(this, destination, cancellationToken);
    }

    /// <inheritdoc/>
    public override Task CopyToAsync(Stream destination, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(destination);
        return WorkerCopy.RunAsync(this, destination, cancellationToken);
    }

    private void ThrowIfBusy()
    {
        pipe.ThrowIfElsewhere();
        if (IsDone || _isLent || _read.IsPending)
        {
            throw new InvalidOperationException(IsDone ? "the reader was completed" : "the last read was not advanced over, or is still waiting");
        }

        if (_isTooLong)
        {
            throw new InvalidOperationException($"more than {pipe.Options.BufferLimit} bytes were examined and not consumed: BufferLimit does not hold that message");
        }
    }

    private void Post(Action<InPlaceReader> action)
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

    private void EndWait()
    {
        _registration.Dispose();
        _registration = default;
    }

    private bool TryTake(out ReadResult result)
    {
        bool hasEnded = pipe.HasEnded && (IsOver || (_offered.Bytes == 0 && !pipe.HasOutput));
        if (!_isCanceled && !HasNews && !hasEnded)
        {
            result = default;
            return false;
        }

        result = new ReadResult(Sequence(), _isCanceled, hasEnded);
        _lentBytes = Bytes;
        _isLent = _kept.IsLent = true;
        _isCanceled = false;
        if (hasEnded && !IsOver)
        {
            IsOver = true;
            pipe.HalfDone();
        }

        return true;
    }

    private ReadOnlySequence<byte> Sequence()
    {
        ByteSegment? first = _offered.Link(_kept.Length);
        ByteSegment? last = _offered.Last;
        if (_kept.Length > 0)
        {
            _keptSegment.Name(_kept.Filled);
            _keptSegment.StandAt(0, first);
            first = _keptSegment;
        }

        last ??= first;
        return first is null ? ReadOnlySequence<byte>.Empty : new ReadOnlySequence<byte>(first, 0, last!, last!.Length);
    }

    /// <returns>Bytes before a position; -1: it is another sequence's.</returns>
    private long Offset(SequencePosition position) =>
        position.GetObject() is ByteSegment segment ? segment.RunningIndex + position.GetInteger()
        : position.GetObject() is null || _lentBytes == 0 ? 0
        : -1;

    /// <summary>What is consumed is dropped. What was examined besides leaves the guest's buffers, unless something in them was not.</summary>
    private void Release(long consumed, long examined)
    {
        int fromKept = (int)Math.Min(consumed, _kept.Length);
        _kept.Skip(fromKept);
        if (_kept.Length == 0)
        {
            _kept.Clear();
        }

        _examined = examined - consumed;
        long fromOffered = consumed - fromKept;
        if (_isTaken)
        {
            _offered.CopyTo(_kept, fromOffered);
            _offered.Forget();
            _isTaken = false;
        }
        else if (examined < _lentBytes || !KeepsAll(fromOffered))
        {
            Take(fromOffered);
        }
    }

    /// <summary>Copies what is not consumed out of the guest's buffers, and gives all of them back.</summary>
    /// <returns>False: it is too much.</returns>
    private bool KeepsAll(long consumed)
    {
        _isTooLong = _kept.Length + _offered.Bytes - consumed > pipe.Options.BufferLimit && _offered.Bytes > consumed;
        if (!_isTooLong)
        {
            _offered.CopyTo(_kept, consumed);
            Take(_offered.Bytes);
        }

        return !_isTooLong;
    }

    private void Take(long bytes)
    {
        if (bytes > 0)
        {
            _offered.Skip(bytes);
            pipe.Buffers.Take((nuint)bytes);
        }
    }

    /// <summary>Copies at once, for a guest that does not wait.</summary>
    private nint Keep(ReadOnlySpan<IoVector> segments)
    {
        int taken = 0;
        foreach (IoVector segment in segments)
        {
            int length = (int)Math.Min(segment.Length, (nuint)Math.Max(pipe.Options.BufferLimit - _kept.Length, 0));
            _kept.Append(segment.Slice(0, (nuint)length).Span);
            taken += length;
        }

        return taken;
    }
}
