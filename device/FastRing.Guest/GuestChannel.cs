using FastRing.Interop;

namespace FastRing.Guest;

/// <summary>
/// An open port as one stream of bytes, whoever is at the host's end: while nobody is, reads and writes wait. Made by
/// <see cref="GuestPort.Open"/> or <see cref="GuestPorts.OpenAsync"/>.
/// </summary>
/// <remarks>
/// One reader and one writer at a time, on any threads; both calls can be cancelled. When the port goes they fail with
/// <see cref="PortRemovedException"/>. Who needs to know where one host program ends and the next begins uses <see cref="ResilientChannel"/>.
/// A host program that leaves and is followed by another faster than this process can look is not noticed: the kernel tells the state, not its history.
/// </remarks>
public sealed class GuestChannel : ChannelStream
{
    private readonly IPortFile _file;
    private readonly PortLatch _readable = new();
    private readonly PortLatch _writable = new();
    private readonly OrderedCalls _calls = new();
    private readonly CancellationTokenSource _removed = new();
    private volatile bool _disposed;
    private volatile bool _hostConnected;

    internal GuestChannel(IPortFile file, string name)
    {
        _file = file;
        Name = name;
    }

    /// <summary>Somebody came to the host's end. Called in order, one at a time, from the thread pool.</summary>
    public event EventHandler? HostOpened;

    /// <summary>Whoever was at the host's end left, or the port went. Called as <see cref="HostOpened"/>.</summary>
    public event EventHandler? HostClosed;

    /// <summary>The port's name, or its file when it has none.</summary>
    public string Name { get; }

    /// <summary>Whether somebody was at the host's end when the kernel last said so.</summary>
    public bool IsHostConnected => _hostConnected;

    /// <summary>Cancelled when the port is gone.</summary>
    public CancellationToken Removed => _removed.Token;

    /// <summary>Told of changes on the poller's thread; null while there is none.</summary>
    internal volatile ChannelSession? Session;

    /// <summary>Owns the descriptor, which must be non-blocking, also when it throws.</summary>
    internal static GuestChannel Over(OwnedFd fd, string name)
    {
        PortFile file = new(fd);
        GuestChannel channel = new(file, name);
        try
        {
            file.Watch(PortPoller.Shared, channel);
            return channel;
        }
        catch
        {
            channel.Dispose();
            throw;
        }
    }

    /// <summary>Reads what has come, at least a byte, and waits for it: also for somebody to come to the host's end.</summary>
    /// <exception cref="PortRemovedException">The port is gone.</exception>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (buffer.Length > 0)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (TryRead(buffer.Span) is { } count and > 0)
            {
                return count;
            }

            await _readable.WaitAsync(cancellationToken).ConfigureAwait(false);
        }

        return 0;
    }

    /// <summary>Writes all of it, and waits for room: also for somebody to come to the host's end. Cancelled, part of it may have been written.</summary>
    /// <exception cref="PortRemovedException">The port is gone.</exception>
    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (buffer.Length > 0)
        {
            cancellationToken.ThrowIfCancellationRequested();
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

    /// <summary>Bytes read; 0 when nobody is at the host's end and nothing is left of it; null when nothing has come from who is.</summary>
    internal int? TryRead(Span<byte> buffer)
    {
        nint count = Checked(_file.Read(buffer));
        return count == -Errno.EAGAIN ? null : (int)count;
    }

    /// <summary>Bytes written, 0 when there is no room or nobody.</summary>
    internal int TryWrite(ReadOnlySpan<byte> buffer) => Math.Max(0, (int)Checked(_file.Write(buffer)));

    /// <summary>Asks the kernel whether somebody is at the host's end at this moment.</summary>
    internal bool IsHostConnectedNow() => (_file.Poll() & EpollEvents.HangUp) == 0;

    /// <summary>Waits until a read may find something else than the last one did.</summary>
    internal Task WaitReadableAsync(CancellationToken cancellationToken) => _readable.WaitAsync(cancellationToken);

    /// <summary>Something about the file changed. On the poller's thread, or in a test; one call at a time.</summary>
    internal void LookAgain()
    {
        EpollEvents now;
        try
        {
            now = _file.Poll();
        }
        catch (ObjectDisposedException)
        {
            return;
        }

        bool connected = (now & EpollEvents.HangUp) == 0;
        Note(connected);
        if ((now & (EpollEvents.HangUp | EpollEvents.In)) == EpollEvents.HangUp)
        {
            _ = _removed.CancelAsync();
        }

        Session?.LookAgain(connected);
        _readable.Set();
        _writable.Set();
    }

    /// <summary>Closes the port; the host is told. Waiting calls fail with ObjectDisposedException.</summary>
    protected override void Dispose(bool disposing)
    {
        if (disposing && !_disposed)
        {
            _disposed = true;
            _file.Dispose();
            _readable.Open();
            _writable.Open();
        }

        base.Dispose(disposing);
    }

    private nint Checked(nint result)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        return result >= 0 || result == -Errno.EAGAIN
            ? result
            : throw (result == -Errno.ENODEV ? new PortRemovedException($"the port '{Name}' is gone") : new LinuxException($"port '{Name}'", (int)-result));
    }

    private void Note(bool connected)
    {
        if (_hostConnected != connected)
        {
            _hostConnected = connected;
            _calls.Add(() => (connected ? HostOpened : HostClosed)?.Invoke(this, EventArgs.Empty));
        }
    }
}
