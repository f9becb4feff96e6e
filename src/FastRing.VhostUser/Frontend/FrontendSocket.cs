using FastRing.Interop;
using FastRing.VhostUser.Protocol;

namespace FastRing.VhostUser.Frontend;

/// <summary>A frontend's socket: sends a request, waits for its reply. Blocking, one request at a time.</summary>
internal sealed class FrontendSocket : IDisposable
{
    private readonly OwnedFd _socket;
    private readonly Epoll _epoll = new();
    private readonly ReceivedFds _fds = new();
    private readonly byte[] _bytes = new byte[VhostUserHeader.SizeBytes + VhostUserHeader.MaxPayloadBytes];

    public FrontendSocket(OwnedFd socket)
    {
        _socket = socket;
        _epoll.Add(socket, EpollEvents.In, 0);
    }

    /// <summary>How long a reply may take.</summary>
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(10);

    public void Send(VhostUserRequest request, bool needReply, ReadOnlySpan<byte> payload, ReadOnlySpan<OwnedFd> fds)
    {
        uint flags = VhostUserHeader.Version | (needReply ? VhostUserHeader.NeedReplyFlag : 0);
        new VhostUserHeader((uint)request, flags, (uint)payload.Length).Write(_bytes);
        payload.CopyTo(_bytes.AsSpan(VhostUserHeader.SizeBytes));
        ReadOnlySpan<byte> left = _bytes.AsSpan(0, VhostUserHeader.SizeBytes + payload.Length);
        while (!left.IsEmpty)
        {
            nint sent = ScmRights.Send(_socket, left, fds);
            if (sent < 0)
            {
                throw new VhostUserException(request, $"the connection is gone (errno {-sent})");
            }

            left = left[(int)sent..];
            fds = []; // They went with the first byte.
        }
    }

    /// <summary>The descriptor that came with the last reply, if one did. The caller's; to be asked right after it.</summary>
    public OwnedFd? TakeFd() => _fds.Count > 0 ? _fds.Take(0) : null;

    /// <summary>The payload of the reply, valid until the next call.</summary>
    public ReadOnlySpan<byte> ReceiveReply(VhostUserRequest request)
    {
        _fds.CloseAll();
        Receive(request, _bytes.AsSpan(0, VhostUserHeader.SizeBytes));
        VhostUserHeader header = VhostUserHeader.Read(_bytes);
        if (!header.IsReplyTo(request) || header.PayloadBytes > VhostUserHeader.MaxPayloadBytes)
        {
            throw new VhostUserException(request, $"the backend answered something else ({header})");
        }

        Span<byte> payload = _bytes.AsSpan(VhostUserHeader.SizeBytes, (int)header.PayloadBytes);
        Receive(request, payload);
        return payload;
    }

    public void Dispose()
    {
        _fds.Dispose();
        _epoll.Dispose();
        _socket.Dispose();
    }

    private void Receive(VhostUserRequest request, Span<byte> destination)
    {
        Span<EpollReady> ready = stackalloc EpollReady[1];
        while (!destination.IsEmpty)
        {
            if (_epoll.WaitThrough(ready, (int)Timeout.TotalMilliseconds) == 0)
            {
                throw new VhostUserException(request, "the backend does not answer");
            }

            nint received = ScmRights.Receive(_socket, destination, _fds);
            if (received <= 0)
            {
                throw new VhostUserException(request, "the backend closed the connection");
            }

            destination = destination[(int)received..];
        }
    }
}
