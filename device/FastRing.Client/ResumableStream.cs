using FastRing.Client.Wire;

namespace FastRing.Client;

/// <summary>
/// A session with a program in a guest: a stream each way, in which no byte is lost or doubled, whatever becomes of connections and of the daemon's process. Reads end (0 bytes) when
/// the session has; <see cref="Ended"/> says why. One reader and one writer at a time, on any thread.
/// <para>
/// What was read counts as received: the guest's buffer goes back to it. What was written is kept here, 128 KiB at the most, until the guest has it: <see cref="FlushAsync(CancellationToken)"/> waits for that.
/// </para>
/// </summary>
public sealed class ResumableStream : Stream
{
    internal const int Window = 256 << 10;

    private const int MostUncommitted = 128 << 10;
    private const int MostUnacknowledged = 32 << 10;

    private readonly Lock _lock = new();
    private readonly ByteCircle _inbound = new(Window);          // from what was read to what was received
    private readonly ByteCircle _outbound = new(MostUncommitted); // from what the guest has to what was written
    private readonly Signal _readable = new();
    private readonly Signal _writable = new();
    private readonly Signal _sendable = new();
    private ulong _sent;
    private ulong _acknowledged;
    private bool _acknowledgesAgain; // A daemon that is another process may not have heard.
    private uint _window;
    private SessionEnded? _ended;

    internal ResumableStream(Guid session) => Session = session;

    /// <summary>The session's name.</summary>
    public Guid Session { get; }

    /// <summary>How it ended; null: it has not.</summary>
    public SessionEnded? Ended => Volatile.Read(ref _ended);

    /// <summary>Bytes that were received, whether they were read or not.</summary>
    public ulong Received
    {
        get
        {
            lock (_lock)
            {
                return _inbound.End;
            }
        }
    }

    /// <summary>Bytes written that the guest has.</summary>
    public ulong Delivered
    {
        get
        {
            lock (_lock)
            {
                return _outbound.Start;
            }
        }
    }

    /// <inheritdoc/>
    public override bool CanRead => true;

    /// <inheritdoc/>
    public override bool CanWrite => true;

    /// <inheritdoc/>
    public override bool CanSeek => false;

    /// <inheritdoc/>
    public override long Length => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>Something may be sent.</summary>
    internal Task Sendable
    {
        get
        {
            lock (_lock)
            {
                return _sendable.Next;
            }
        }
    }

    /// <inheritdoc/>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (true)
        {
            Task change;
            lock (_lock)
            {
                if (TryRead(buffer.Span) is int read && (read > 0 || buffer.IsEmpty || _ended is not null))
                {
                    return read;
                }

                change = _readable.Next;
            }

            await change.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    /// <exception cref="SessionEndedException">It has ended.</exception>
    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (true)
        {
            Task change;
            lock (_lock)
            {
                ThrowIfEnded();
                int part = Math.Min(buffer.Length, _outbound.Room);
                _outbound.Add(buffer.Span[..part]);
                buffer = buffer[part..];
                _sendable.Set();
                if (buffer.IsEmpty)
                {
                    return;
                }

                change = _writable.Next;
            }

            await change.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Waits until the guest has everything that was written so far.</summary>
    /// <exception cref="SessionEndedException">The session ended before.</exception>
    public override async Task FlushAsync(CancellationToken cancellationToken)
    {
        ulong end;
        lock (_lock)
        {
            end = _outbound.End;
        }

        while (true)
        {
            Task change;
            lock (_lock)
            {
                if (_outbound.Start >= end)
                {
                    return;
                }

                ThrowIfEnded();
                change = _writable.Next;
            }

            await change.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    /// <inheritdoc/>
    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) => ReadAsync(buffer, offset, count, CancellationToken.None).GetAwaiter().GetResult();

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count) => WriteAsync(buffer, offset, count, CancellationToken.None).GetAwaiter().GetResult();

    /// <inheritdoc/>
    public override void Flush() => FlushAsync(CancellationToken.None).GetAwaiter().GetResult();

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void SetLength(long value) => throw new NotSupportedException();

    /// <summary>What a new connection begins with.</summary>
    internal HelloFrame Hello(bool takesOver)
    {
        lock (_lock)
        {
            return new HelloFrame(takesOver, Session, _inbound.End, _outbound.Start, Window);
        }
    }

    /// <summary>A connection is there.</summary>
    /// <param name="session">What the daemon said of it.</param>
    /// <param name="position">Where it sends from.</param>
    /// <exception cref="IOException">It says what can't be.</exception>
    internal void Begin(in SessionFrame session, ulong position)
    {
        lock (_lock)
        {
            if (position != _inbound.End)
            {
                throw new IOException($"the daemon goes on at {position}, where {_inbound.End} is next");
            }

            _window = session.Window;
            Commit(session.Committed);
            _sent = session.Committed;
            _acknowledgesAgain = _inbound.Start > 0;
            _sendable.Set();
        }
    }

    /// <summary>The next bytes came.</summary>
    /// <exception cref="IOException">They are not the next, or too many.</exception>
    internal void Add(ulong position, ReadOnlySpan<byte> bytes)
    {
        lock (_lock)
        {
            if (position != _inbound.End || bytes.Length > _inbound.Room)
            {
                throw new IOException($"{bytes.Length} bytes of data at {position}, where {_inbound.End} is next and {_inbound.Room} bytes have room");
            }

            _inbound.Add(bytes);
            _readable.Set();
        }
    }

    /// <summary>The guest has everything up to a position.</summary>
    /// <exception cref="IOException">That was not written.</exception>
    internal void Acknowledged(ulong position)
    {
        lock (_lock)
        {
            Commit(position);
        }
    }

    /// <summary>The next frames to send.</summary>
    /// <param name="buffer">Where they go.</param>
    /// <returns>Bytes of them; 0: none now.</returns>
    internal int Compose(Span<byte> buffer)
    {
        lock (_lock)
        {
            int length = 0;
            ulong unsaid = _inbound.Start - _acknowledged;
            if (unsaid >= MostUnacknowledged || (unsaid > 0 && _inbound.Count == 0) || _acknowledgesAgain)
            {
                _acknowledged = _inbound.Start;
                _acknowledgesAgain = false;
                new FrameHeader(FrameKind.Acknowledge, 0, _acknowledged).Write(buffer);
                length = FrameHeader.Bytes;
            }

            ulong end = Math.Min(_outbound.End, _outbound.Start + _window);
            if (end > _sent)
            {
                int part = (int)Math.Min(end - _sent, (ulong)Math.Min(FrameHeader.MostData, buffer.Length - length - FrameHeader.Bytes));
                new FrameHeader(FrameKind.Data, part, _sent).Write(buffer[length..]);
                _outbound.CopyTo(buffer.Slice(length + FrameHeader.Bytes, part), _sent);
                _sent += (ulong)part;
                length += FrameHeader.Bytes + part;
            }

            return length;
        }
    }

    internal void End(SessionEnd why, ulong toHost, ulong toGuest)
    {
        lock (_lock)
        {
            if (toGuest > _outbound.Start && toGuest <= _outbound.End)
            {
                _outbound.DropTo(toGuest);
            }

            _ended ??= new SessionEnded(why, toHost, _outbound.Start);
            _readable.Set();
            _writable.Set();
        }
    }

    private int TryRead(Span<byte> buffer)
    {
        int read = Math.Min(buffer.Length, _inbound.Count);
        _inbound.CopyTo(buffer[..read], _inbound.Start);
        _inbound.DropTo(_inbound.Start + (ulong)read);
        if (read > 0)
        {
            _sendable.Set();
        }

        return read;
    }

    private void Commit(ulong position)
    {
        if (position < _outbound.Start || position > _outbound.End)
        {
            throw new IOException($"the daemon acknowledges {position}, which is not between {_outbound.Start} and {_outbound.End}");
        }

        _outbound.DropTo(position);
        _writable.Set();
    }

    private void ThrowIfEnded()
    {
        if (_ended is not null)
        {
            throw new SessionEndedException(_ended);
        }
    }
}
