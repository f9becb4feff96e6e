using System.Buffers;
using System.IO.Pipelines;

namespace FastRing.Agent.Channel;

/// <summary>
/// The bytes to and from the agent, in lines. A write that was begun is never taken back, so that no half request stays behind: who gives up leaves it to be
/// finished by the next. One caller at a time.
/// </summary>
/// <param name="pipe">To and from the agent.</param>
internal sealed class AgentLink(IDuplexPipe pipe)
{
    /// <summary>Comes before the answer to guest-sync-delimited, and nowhere else: JSON is UTF-8, which has no such byte.</summary>
    public const byte Sentinel = 0xff;

    private const byte Newline = (byte)'\n';

    // {"return": N, "id": N} and whatever members may be added to it.
    private const int MaxSentinelLineBytes = 4 << 10;

    private Task<FlushResult>? _writing;
    private SequencePosition? _next;
    private long _scanned;

    /// <summary>Waits for what an earlier caller left, after which there may be another <see cref="WriteAsync"/>.</summary>
    public async ValueTask FinishWriteAsync(CallDeadline deadline)
    {
        if (_writing is { } writing)
        {
            await writing.WaitAsync(deadline.Token).ConfigureAwait(false);
            _writing = null;
        }
    }

    /// <summary>Writes bytes that stay as they are until there is nothing left to finish.</summary>
    public ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CallDeadline deadline)
    {
        ValueTask<FlushResult> write = pipe.Output.WriteAsync(bytes, CancellationToken.None);
        if (write.IsCompletedSuccessfully)
        {
            _ = write.Result;
            return ValueTask.CompletedTask; // Whether the other end is still there, the reader hears.
        }

        _writing = write.AsTask();
        return FinishWriteAsync(deadline);
    }

    /// <summary>Reads up to the next newline, which is left out.</summary>
    /// <returns>The line, until <see cref="Release"/> or the next read.</returns>
    /// <exception cref="InvalidDataException">It is longer than <paramref name="maxBytes"/>.</exception>
    /// <exception cref="EndOfStreamException">The other end closed.</exception>
    public async ValueTask<ReadOnlySequence<byte>> ReadLineAsync(long maxBytes, CallDeadline deadline)
    {
        Release();
        while (true)
        {
            ReadOnlySequence<byte> buffer = await ReadAsync(deadline).ConfigureAwait(false);
            if (buffer.Slice(_scanned).PositionOf(Newline) is { } end && buffer.Slice(0, end).Length <= maxBytes)
            {
                _scanned = 0;
                _next = buffer.GetPosition(1, end);
                return buffer.Slice(0, end);
            }

            if (buffer.Length > maxBytes)
            {
                _scanned = 0;
                pipe.Input.AdvanceTo(buffer.End);
                throw new InvalidDataException($"longer than {maxBytes} bytes");
            }

            _scanned = buffer.Length;
            pipe.Input.AdvanceTo(buffer.Start, buffer.End);
        }
    }

    /// <summary>Throws everything away up to a sentinel, and reads the line behind it.</summary>
    /// <returns>What is behind the line's last sentinel; empty for a line that is far too long.</returns>
    public async ValueTask<ReadOnlySequence<byte>> ReadSentinelLineAsync(CallDeadline deadline)
    {
        Release();
        _scanned = 0;
        await SkipToSentinelAsync(deadline).ConfigureAwait(false);
        try
        {
            ReadOnlySequence<byte> line = await ReadLineAsync(MaxSentinelLineBytes, deadline).ConfigureAwait(false);
            return BehindSentinel(line);
        }
        catch (InvalidDataException)
        {
            return default;
        }
    }

    /// <summary>What is behind a line's last sentinel; all of it if it has none.</summary>
    public static ReadOnlySequence<byte> BehindSentinel(ReadOnlySequence<byte> line)
    {
        while (line.PositionOf(Sentinel) is { } sentinel)
        {
            line = line.Slice(line.GetPosition(1, sentinel));
        }

        return line;
    }

    /// <summary>Forgets the line that was read.</summary>
    public void Release()
    {
        if (_next is { } next)
        {
            _next = null;
            pipe.Input.AdvanceTo(next);
        }
    }

    /// <summary>Ends both directions.</summary>
    public async ValueTask CloseAsync()
    {
        await pipe.Input.CompleteAsync().ConfigureAwait(false);
        await pipe.Output.CompleteAsync().ConfigureAwait(false);
    }

    private async ValueTask SkipToSentinelAsync(CallDeadline deadline)
    {
        while (true)
        {
            ReadOnlySequence<byte> buffer = await ReadAsync(deadline).ConfigureAwait(false);
            if (buffer.PositionOf(Sentinel) is { } sentinel)
            {
                pipe.Input.AdvanceTo(buffer.GetPosition(1, sentinel));
                return;
            }

            pipe.Input.AdvanceTo(buffer.End);
        }
    }

    private async ValueTask<ReadOnlySequence<byte>> ReadAsync(CallDeadline deadline)
    {
        while (true)
        {
            if (!pipe.Input.TryRead(out ReadResult result))
            {
                result = await WaitAsync(deadline).ConfigureAwait(false);
            }

            if (result.IsCanceled)
            {
                // Or an earlier caller's time was over just when the answer came.
                pipe.Input.AdvanceTo(result.Buffer.Start);
                deadline.ThrowIfOver();
            }
            else if (result.IsCompleted && result.Buffer.Slice(_scanned).IsEmpty)
            {
                pipe.Input.AdvanceTo(result.Buffer.Start, result.Buffer.End);
                throw new EndOfStreamException();
            }
            else
            {
                return result.Buffer;
            }
        }
    }

    /// <summary>Waits for more. What is there at once needs no clock: a deadline's takes as long as some agents' answers.</summary>
    private ValueTask<ReadResult> WaitAsync(CallDeadline deadline)
    {
        ValueTask<ReadResult> read = pipe.Input.ReadAsync(CancellationToken.None);
        return read.IsCompleted ? read : UntilOverAsync(read, deadline);
    }

    private async ValueTask<ReadResult> UntilOverAsync(ValueTask<ReadResult> read, CallDeadline deadline)
    {
        using (deadline.Token.UnsafeRegister(static input => ((PipeReader)input!).CancelPendingRead(), pipe.Input))
        {
            return await read.ConfigureAwait(false);
        }
    }
}
