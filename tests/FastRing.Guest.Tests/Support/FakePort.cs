using FastRing.Interop;

namespace FastRing.Guest.Tests.Support;

/// <summary>A port as Linux' driver presents it, with the test as its host. Each change tells the channel, as the kernel's wake-up does.</summary>
internal sealed class FakePort : IPortFile
{
    private readonly Lock _gate = new();
    private readonly Queue<byte> _toGuest = [];
    private readonly List<byte> _toHost = [];
    private bool _connected;
    private bool _removed;
    private bool _disposed;

    public FakePort(bool hostConnected = false)
    {
        _connected = hostConnected;
        Channel = new GuestChannel(this, "fake");
        Channel.LookAgain();
    }

    public GuestChannel Channel { get; }

    /// <summary>How many bytes the transmit queue takes before it is full.</summary>
    public int Room { get; set; } = int.MaxValue;

    public bool IsDisposed
    {
        get
        {
            lock (_gate)
            {
                return _disposed;
            }
        }
    }

    public byte[] ToHost
    {
        get
        {
            lock (_gate)
            {
                return [.. _toHost];
            }
        }
    }

    public void Connect() => Change(() => _connected = true);

    public void Leave() => Change(() => _connected = false);

    public void Send(params byte[] bytes) => Change(() => Array.ForEach(bytes, _toGuest.Enqueue));

    public void Remove() => Change(() => (_removed, _connected) = (true, false));

    /// <summary>Changes that the process is too slow to see one by one.</summary>
    public void Unseen(Action<FakePort> changes)
    {
        IsUnseen = true;
        changes(this);
        IsUnseen = false;
        Channel.LookAgain();
    }

    private bool IsUnseen { get; set; }

    public nint Read(Span<byte> buffer)
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            if (_removed)
            {
                return -Errno.ENODEV;
            }

            int count = Math.Min(buffer.Length, _toGuest.Count);
            for (int i = 0; i < count; i++)
            {
                buffer[i] = _toGuest.Dequeue();
            }

            return count > 0 || !_connected ? count : -Errno.EAGAIN;
        }
    }

    public nint Write(ReadOnlySpan<byte> buffer)
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            if (_removed)
            {
                return -Errno.ENODEV;
            }

            int count = Math.Min(buffer.Length, Room);
            if (count == 0 || !_connected)
            {
                return -Errno.EAGAIN;
            }

            Room -= count;
            _toHost.AddRange(buffer[..count]);
            return count;
        }
    }

    public EpollEvents Poll()
    {
        lock (_gate)
        {
            return _removed ? EpollEvents.HangUp
                : (_connected ? EpollEvents.None : EpollEvents.HangUp | EpollEvents.In)
                | (_toGuest.Count > 0 ? EpollEvents.In : EpollEvents.None)
                | (_connected && Room > 0 ? EpollEvents.Out : EpollEvents.None);
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _disposed = true;
        }
    }

    private void Change(Action change)
    {
        lock (_gate)
        {
            change();
        }

        if (!IsUnseen)
        {
            Channel.LookAgain();
        }
    }
}
