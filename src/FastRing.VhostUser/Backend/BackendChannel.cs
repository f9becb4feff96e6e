using FastRing.Interop;
using FastRing.Queues;
using FastRing.VhostUser.Protocol;
using FastRing.Workers;

namespace FastRing.VhostUser.Backend;

/// <summary>
/// The socket for the backend's own requests. What is to be said is kept as flags, not as a queue of messages: a frontend that
/// does not read costs no memory, and learns the present state when it reads again. No answers are asked for.
/// </summary>
/// <param name="worker">The worker.</param>
/// <param name="rings">How many rings there are.</param>
/// <param name="missOf">What a ring waits for when the message that asks for it goes; null: for nothing any more.</param>
internal sealed class BackendChannel(Worker worker, int rings, Func<int, IotlbMiss?> missOf) : IReadyHandler, IDisposable
{
    private readonly bool[] _used = new bool[rings];
    private readonly bool[] _broken = new bool[rings];
    private readonly bool[] _missed = new bool[rings];
    private bool _configChanged;
    private OwnedFd? _socket;
    private WatchedFd? _watch; // Only while the socket is full.

    /// <summary>Replaces the socket; it is owned from here on, also when this fails.</summary>
    /// <returns>False when it can't be used.</returns>
    public bool TryReplace(OwnedFd socket)
    {
        Dispose();
        try
        {
            socket.SetNonBlocking();
            _socket = socket;
            return true;
        }
        catch (LinuxException)
        {
            socket.Dispose();
            return false;
        }
    }

    public void NotifyConfigChanged()
    {
        _configChanged = true;
        Flush();
    }

    public void NotifyUsed(int ring) => Notify(_used, BackendRequest.VringCall, ring);

    public void NotifyBroken(int ring) => Notify(_broken, BackendRequest.VringErr, ring);

    public void NotifyMiss(int ring) => _missed[ring] = _watch is not null || !TrySendMiss(ring);

    public void OnReady(EpollEvents events) => Flush();

    public void OnFault(Exception fault) => Dispose();

    public void Dispose()
    {
        StopWatching();
        _socket?.Dispose();
        _socket = null;
        _configChanged = false;
        Array.Clear(_used);
        Array.Clear(_broken);
        Array.Clear(_missed);
    }

    private void Notify(bool[] pending, BackendRequest request, int ring)
    {
        pending[ring] = _watch is not null || !TrySend(request, ring);
    }

    private void Flush()
    {
        StopWatching();
        _configChanged = _configChanged && !TrySend(BackendRequest.ConfigChange, ring: null);
        for (int i = 0; i < _used.Length && _watch is null; i++)
        {
            _used[i] = _used[i] && !TrySend(BackendRequest.VringCall, i);
            _broken[i] = _broken[i] && !TrySend(BackendRequest.VringErr, i);
            _missed[i] = _missed[i] && !TrySendMiss(i);
        }
    }

    private bool TrySendMiss(int ring)
    {
        if (missOf(ring) is not { } miss)
        {
            return true;
        }

        Span<byte> payload = stackalloc byte[IotlbMessage.SizeInBytes];
        new IotlbMessage(miss.Address, 0, default, miss.Access, IotlbMessageKind.Miss).Write(payload);
        return TrySend(BackendRequest.Iotlb, payload);
    }

    private bool TrySend(BackendRequest request, int? ring)
    {
        Span<byte> payload = stackalloc byte[VringStatePayload.SizeBytes];
        new VringStatePayload((uint)(ring ?? 0), 0).Write(payload);
        return TrySend(request, ring is null ? [] : payload);
    }

    /// <summary>Sends one message. False: the socket is full, and <see cref="Flush"/> comes when it no longer is.</summary>
    private bool TrySend(BackendRequest request, scoped ReadOnlySpan<byte> payload)
    {
        if (_socket is not { } socket)
        {
            return true; // Nobody wants to know.
        }

        Span<byte> message = stackalloc byte[VhostUserHeader.SizeBytes + payload.Length];
        new VhostUserHeader((uint)request, VhostUserHeader.Version, (uint)payload.Length).Write(message);
        payload.CopyTo(message[VhostUserHeader.SizeBytes..]);
        nint sent = ScmRights.Send(socket, message, [], waits: false);
        if (sent == -Errno.EAGAIN)
        {
            _watch ??= worker.Watch(socket, EpollEvents.Out, this);
            return false;
        }

        if (sent != message.Length)
        {
            Dispose(); // Gone, or cut in the middle of a message: there is no way to go on.
        }

        return true;
    }

    private void StopWatching()
    {
        _watch?.Dispose();
        _watch = null;
    }
}
