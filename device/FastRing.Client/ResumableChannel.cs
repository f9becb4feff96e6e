using System.Net.Sockets;
using System.Text;
using FastRing.Client.Wire;

namespace FastRing.Client;

/// <summary>
/// A client of a port whose backend is <c>resume:PATH</c>. It connects, and connects again whenever the connection ends, and hands out the port's sessions one after the other:
/// <code>
/// await using var channel = new ResumableChannel("/tmp/vm0-sync.sock");
/// while (true)
/// {
///     ResumableStream session = await channel.NextSessionAsync();
///     await session.CopyToAsync(file); // to the session's end
/// }
/// </code>
/// </summary>
public sealed class ResumableChannel : IAsyncDisposable
{
    private const int SendBytes = (2 * FrameHeader.Bytes) + FrameHeader.MostData;
    private static readonly TimeSpan s_farewell = TimeSpan.FromSeconds(1);

    private readonly UnixDomainSocketEndPoint _address;
    private readonly ResumableOptions _options;
    private readonly CancellationTokenSource _stop = new();
    private readonly Lock _lock = new();
    private readonly Signal _changed = new();
    private readonly byte[] _sending = new byte[SendBytes];
    private readonly TaskCompletionSource _bye = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Task _work;
    private ResumableStream? _current;
    private ResumableStream? _unclaimed;
    private Exception? _failure;
    private bool _hasMet; // The last connection came so far as to have a session.

    /// <summary>Begins to connect.</summary>
    /// <param name="path">The port's socket; '@' first: an abstract name.</param>
    /// <param name="options">Delays and the like; null: the defaults.</param>
    /// <exception cref="ArgumentException">No socket has such a path.</exception>
    public ResumableChannel(string path, ResumableOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        _address = new UnixDomainSocketEndPoint(path[0] == '@' ? "\0" + path[1..] : path);
        _options = options ?? new ResumableOptions();
        _work = Task.Run(WorkAsync);
    }

    /// <summary>The session that was not handed out yet, as soon as there is one. A session that ends before that is passed over: nothing of it was received.</summary>
    /// <exception cref="PortRefusedException">The daemon turned this client away.</exception>
    /// <exception cref="IOException">The daemon could not be reached.</exception>
    /// <exception cref="ObjectDisposedException">The channel was disposed of.</exception>
    public async Task<ResumableStream> NextSessionAsync(CancellationToken cancellation = default)
    {
        while (true)
        {
            Task change;
            lock (_lock)
            {
                if (_unclaimed is { Ended: null } session)
                {
                    _unclaimed = null;
                    return session;
                }

                if (_failure is not null)
                {
                    throw _failure;
                }

                change = _changed.Next;
            }

            await change.WaitAsync(cancellation).ConfigureAwait(false);
        }
    }

    /// <summary>Says bye, where there is a connection to say it on, and ends the session. What was written and not flushed may not reach the guest.</summary>
    public async ValueTask DisposeAsync()
    {
        if (!_bye.TrySetResult())
        {
            return; // It was said.
        }

        try
        {
            await _work.WaitAsync(_hasMet ? s_farewell : TimeSpan.Zero).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            // Nobody listens.
        }

        await _stop.CancelAsync().ConfigureAwait(false);
        await _work.ConfigureAwait(false);
        _stop.Dispose();
    }

    private async Task WorkAsync()
    {
        try
        {
            await ConnectAgainAndAgainAsync().ConfigureAwait(false);
            Fail(new ObjectDisposedException(nameof(ResumableChannel)));
        }
        catch (OperationCanceledException)
        {
            Fail(new ObjectDisposedException(nameof(ResumableChannel)));
        }
        catch (Exception e)
        {
            Fail(e);
        }
    }

    private async Task ConnectAgainAndAgainAsync()
    {
        long lost = Environment.TickCount64;
        TimeSpan delay = _options.FirstDelay;
        while (!_bye.Task.IsCompleted)
        {
            _hasMet = false;
            Exception why = await TryConnectionAsync().ConfigureAwait(false);
            if (_hasMet)
            {
                (lost, delay) = (Environment.TickCount64, _options.FirstDelay);
            }
            else if (Environment.TickCount64 - lost > (long)_options.Patience.TotalMilliseconds)
            {
                throw why is PortRefusedException ? why : new IOException($"{_address} could not be reached: {why.Message}", why);
            }

            await Task.WhenAny(Task.Delay(delay, _stop.Token), _bye.Task).ConfigureAwait(false);
            delay = delay * 2 < _options.LongestDelay ? delay * 2 : _options.LongestDelay;
        }
    }

    /// <returns>What ended the connection, or kept it from coming about.</returns>
    private async Task<Exception> TryConnectionAsync()
    {
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(_address, _stop.Token).ConfigureAwait(false);
            _options.Connected?.Invoke(socket);
            await ServeAsync(socket).ConfigureAwait(false);
            return new EndOfStreamException();
        }
        catch (PortRefusedException e) when (e.Reason is not (PortRefusedException.Busy or PortRefusedException.Late))
        {
            throw; // Of those two the one passes, and the other is a daemon's that had others to hear, or did not hear this one in time.
        }
        catch (Exception e) when (e is SocketException or IOException or ObjectDisposedException && !_stop.IsCancellationRequested)
        {
            return e;
        }
    }

    private async Task ServeAsync(Socket socket)
    {
        var input = new FrameInput(socket);
        HelloFrame hello = _current?.Hello(_options.TakesOver) ?? new HelloFrame(_options.TakesOver, Guid.Empty, 0, 0, ResumableStream.Window);
        await SendAsync(socket, hello.ToBytes()).ConfigureAwait(false);
        ResumableStream session = await MeetAsync(input).ConfigureAwait(false);
        _hasMet = true;
        using var end = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
        Task sending = SendAsync(socket, session, end.Token);
        try
        {
            // To the end, also when nothing can be sent any more: what the daemon sent before it went counts.
            await ReceiveAsync(input, session).ConfigureAwait(false);
        }
        finally
        {
            await end.CancelAsync().ConfigureAwait(false);
            await sending.ConfigureAwait(false);
        }
    }

    private async Task<ResumableStream> MeetAsync(FrameInput input)
    {
        FrameHeader header = await input.ReadHeaderAsync(_stop.Token).ConfigureAwait(false);
        ReadOnlyMemory<byte> payload = await input.ReadPayloadAsync(header.Length, _stop.Token).ConfigureAwait(false);
        if (header.Kind == FrameKind.Refused)
        {
            throw new PortRefusedException(header.Position, Encoding.UTF8.GetString(payload.Span));
        }

        if (header is not { Kind: FrameKind.Session, Length: SessionFrame.Bytes })
        {
            throw new IOException($"the daemon answers with a frame of kind {header.Kind} and {header.Length} bytes");
        }

        SessionFrame frame = SessionFrame.Read(payload.Span);
        ResumableStream session = frame.Change == SessionFrame.Resumed && _current is { } current && frame.Session == current.Session ? current : Change(frame);
        session.Begin(frame, header.Position);
        return session;
    }

    /// <summary>Another session takes the place of the one there was.</summary>
    private ResumableStream Change(in SessionFrame frame)
    {
        SessionEnd why = frame.Change > SessionFrame.New && Enum.IsDefined((SessionEnd)frame.Change) ? (SessionEnd)frame.Change : SessionEnd.Other;
        _current?.End(why, frame.EndedToHost, frame.EndedToGuest);
        _current = new ResumableStream(frame.Session);
        lock (_lock)
        {
            _unclaimed = _current;
            _changed.Set();
        }

        return _current;
    }

    private async Task ReceiveAsync(FrameInput input, ResumableStream session)
    {
        while (true)
        {
            FrameHeader header = await input.ReadHeaderAsync(_stop.Token).ConfigureAwait(false);
            switch (header.Kind)
            {
                case FrameKind.Data:
                    await ReceiveDataAsync(input, session, header).ConfigureAwait(false);
                    break;
                case FrameKind.Acknowledge when header.Length == 0:
                    session.Acknowledged(header.Position);
                    break;
                case FrameKind.Refused:
                    ReadOnlyMemory<byte> text = await input.ReadPayloadAsync(header.Length, _stop.Token).ConfigureAwait(false);
                    throw new PortRefusedException(header.Position, Encoding.UTF8.GetString(text.Span));
                default:
                    throw new IOException($"the daemon sends a frame of kind {header.Kind} and {header.Length} bytes");
            }
        }
    }

    private async Task ReceiveDataAsync(FrameInput input, ResumableStream session, FrameHeader header)
    {
        int left = header.Length;
        while (left > 0)
        {
            ReadOnlyMemory<byte> some = await input.ReadSomeAsync(left, _stop.Token).ConfigureAwait(false);
            session.Add(header.Position + (ulong)(header.Length - left), some.Span);
            left -= some.Length;
        }
    }

    /// <summary>Sends what there is to send until the connection ends, or bye.</summary>
    private async Task SendAsync(Socket socket, ResumableStream session, CancellationToken end)
    {
        try
        {
            while (!end.IsCancellationRequested)
            {
                Task more = session.Sendable; // Before the look: what comes after it is not missed.
                int length = session.Compose(_sending);
                if (length > 0)
                {
                    await SendAsync(socket, _sending.AsMemory(0, length)).ConfigureAwait(false);
                }
                else if (_bye.Task.IsCompleted)
                {
                    var bye = new byte[FrameHeader.Bytes];
                    new FrameHeader(FrameKind.Bye, 0, 0).Write(bye);
                    await SendAsync(socket, bye).ConfigureAwait(false);
                    return;
                }
                else
                {
                    await Task.WhenAny(more, _bye.Task).WaitAsync(end).ConfigureAwait(false);
                }
            }
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException or ObjectDisposedException)
        {
            // The end: whoever receives finds it too.
        }
    }

    private async Task SendAsync(Socket socket, ReadOnlyMemory<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            bytes = bytes[await socket.SendAsync(bytes, SocketFlags.None, _stop.Token).ConfigureAwait(false)..];
        }
    }

    private void Fail(Exception failure)
    {
        _current?.End(failure is PortRefusedException { Reason: PortRefusedException.Disconnected } ? SessionEnd.Disconnected : SessionEnd.Lost, 0, 0);
        lock (_lock)
        {
            _failure = failure;
            _changed.Set();
        }
    }
}
