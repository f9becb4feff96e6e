using System.Buffers;

namespace FastRing.Guest;

/// <summary>One host program at a port, from its coming to its leaving or the port's removal. See <see cref="ResilientChannel"/>.</summary>
/// <remarks>One reader and one writer at a time, on any threads. Disposing it leaves the port open: what the program still sends is then discarded until it leaves.</remarks>
public sealed class ChannelSession : ChannelStream
{
    private const int ChunkBytes = 4096;
    private const int MaxBytesAhead = 4 << 20;

    private readonly GuestChannel _channel;
    private readonly PortLatch _readable = new();
    private readonly PortLatch _writable = new();
    private readonly CancellationTokenSource _ended = new();
    private readonly Lock _gate = new();

    // Read from the port already, not yet asked for.
    private ReadOnlyMemory<byte> _ahead;
    private bool _over;
    private volatile bool _disposed;
    private volatile bool _removed;

    internal ChannelSession(GuestChannel channel, int number, ReadOnlyMemory<byte> first)
    {
        _channel = channel;
        Number = number;
        _ahead = first;
        channel.Session = this;
    }

    /// <summary>Counts the sessions of a <see cref="ResilientChannel"/> from 1.</summary>
    public int Number { get; }

    /// <summary>Cancelled when the host's program has left or the port is gone. There may be something left to read then.</summary>
    public CancellationToken Ended => _ended.Token;

    /// <summary>Whether the session ended because the port went, and with it what was still in it.</summary>
    public bool IsPortRemoved => _removed;

    /// <summary>Reads what has come and waits for it.</summary>
    /// <returns>Bytes read; 0 when the session is over.</returns>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (buffer.Length > 0)
        {
            cancellationToken.ThrowIfCancellationRequested();
            ObjectDisposedException.ThrowIf(_disposed, this);
            if (TryRead(buffer.Span) is { } count)
            {
                return count;
            }

            await _readable.WaitAsync(cancellationToken).ConfigureAwait(false);
        }

        return 0;
    }

    /// <summary>Writes all of it and waits for room. Cancelled, part of it may have been written.</summary>
    /// <exception cref="SessionEndedException">The host's program left, or the port went.</exception>
    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (buffer.Length > 0)
        {
            cancellationToken.ThrowIfCancellationRequested();
            ObjectDisposedException.ThrowIf(_disposed, this);
            if (TryWrite(buffer.Span) is var written and > 0)
            {
                buffer = buffer[written..];
            }
            else
            {
                await _writable.WaitAsync(cancellationToken).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Reads and forgets until the host's program has left.</summary>
    internal async Task LeaveAsync(CancellationToken cancellationToken)
    {
        byte[] rest = new byte[ChunkBytes];
        int? count;
        while ((count = TryRead(rest)) != 0)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (count is null)
            {
                await _channel.WaitReadableAsync(cancellationToken).ConfigureAwait(false);
            }
        }
    }

    /// <summary>On the poller's thread.</summary>
    internal void LookAgain(bool hostConnected)
    {
        if (!hostConnected)
        {
            ReadAhead();
        }

        _readable.Set();
        _writable.Set();
    }

    /// <summary>Reads and writes no more.</summary>
    protected override void Dispose(bool disposing)
    {
        if (disposing && !_disposed)
        {
            _disposed = true;
            _readable.Open();
            _writable.Open();
        }

        base.Dispose(disposing);
    }

    // The program left: what is there now is its last, what comes later may be the next one's. Nothing comes while nobody is there, so
    // this ends with the receive queue (1 MiB at most in Linux); a read that would wait says that somebody is there after all.
    private void ReadAhead()
    {
        lock (_gate)
        {
            if (_over)
            {
                return;
            }

            ArrayBufferWriter<byte> ahead = new();
            ahead.Write(_ahead.Span);
            while (ahead.WrittenCount < MaxBytesAhead && TryReadPort(ahead.GetSpan(ChunkBytes)) is { } count and > 0)
            {
                ahead.Advance(count);
            }

            _ahead = ahead.WrittenMemory;
        }
    }

    // Null: nothing now. 0: over, which stays so.
    private int? TryRead(Span<byte> buffer)
    {
        lock (_gate)
        {
            return _ahead.Length > 0 ? TakeAhead(buffer) : TryReadPort(buffer);
        }
    }

    private int TakeAhead(Span<byte> buffer)
    {
        int count = Math.Min(_ahead.Length, buffer.Length);
        _ahead.Span[..count].CopyTo(buffer);
        _ahead = _ahead[count..];
        return count;
    }

    private int? TryReadPort(Span<byte> buffer)
    {
        int? count = 0;
        if (!_over)
        {
            try
            {
                count = _channel.TryRead(buffer);
            }
            catch (PortRemovedException)
            {
                _removed = true;
            }
            catch (ObjectDisposedException)
            {
                // The channel was closed under the session.
            }
        }

        if (count == 0)
        {
            End();
        }

        return count;
    }

    private int TryWrite(ReadOnlySpan<byte> buffer)
    {
        try
        {
            lock (_gate)
            {
                return _over ? throw Over() : _channel.TryWrite(buffer);
            }
        }
        catch (PortRemovedException)
        {
            _removed = true;
            throw Over();
        }
    }

    private SessionEndedException Over() => new($"session {Number} of port '{_channel.Name}' is over");

    private void End()
    {
        if (!_over)
        {
            _over = true;
            _ = _ended.CancelAsync();
        }
    }
}
