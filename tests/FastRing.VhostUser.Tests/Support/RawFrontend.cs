using System.Buffers.Binary;
using FastRing.Interop;
using FastRing.VhostUser.Protocol;

namespace FastRing.VhostUser.Tests.Support;

/// <summary>A frontend that sends whatever a test wants.</summary>
internal sealed class RawFrontend(OwnedFd socket) : IDisposable
{
    public const uint NeedReply = VhostUserHeader.Version | VhostUserHeader.NeedReplyFlag;

    private readonly ReceivedFds _fds = new();

    public static byte[] Message(VhostUserRequest request, ReadOnlySpan<byte> payload, uint flags = VhostUserHeader.Version, uint? size = null)
    {
        byte[] bytes = new byte[VhostUserHeader.SizeBytes + payload.Length];
        new VhostUserHeader((uint)request, flags, size ?? (uint)payload.Length).Write(bytes);
        payload.CopyTo(bytes.AsSpan(VhostUserHeader.SizeBytes));
        return bytes;
    }

    public static byte[] Number(ulong value)
    {
        byte[] bytes = new byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, value);
        return bytes;
    }

    public static byte[] State(uint index, uint value)
    {
        byte[] bytes = new byte[VringStatePayload.SizeBytes];
        new VringStatePayload(index, value).Write(bytes);
        return bytes;
    }

    /// <summary>Sends; a backend that closed already is no error.</summary>
    public bool Send(ReadOnlySpan<byte> bytes, params ReadOnlySpan<OwnedFd> fds) => ScmRights.Send(socket, bytes, fds) == bytes.Length;

    public void Send(VhostUserRequest request, ReadOnlySpan<byte> payload, params ReadOnlySpan<OwnedFd> fds) =>
        Send(Message(request, payload), fds);

    /// <summary>Sends a request and wants its acknowledgement.</summary>
    public ulong Acknowledged(VhostUserRequest request, ReadOnlySpan<byte> payload, params ReadOnlySpan<OwnedFd> fds)
    {
        Assert.True(Send(Message(request, payload, NeedReply), fds));
        return BinaryPrimitives.ReadUInt64LittleEndian(Reply(request));
    }

    /// <summary>Returns when the backend has taken them, so that what it opens for the connection is open.</summary>
    public void SetProtocolFeatures(ProtocolFeatures features)
    {
        Send(VhostUserRequest.SetProtocolFeatures, Number((ulong)features));
        AssertAlive();
    }

    /// <summary>The next reply's payload.</summary>
    public byte[] Reply(VhostUserRequest request)
    {
        byte[] bytes = new byte[VhostUserHeader.SizeBytes];
        Read(bytes);
        VhostUserHeader header = VhostUserHeader.Read(bytes);
        Assert.True(header.IsReplyTo(request), header.ToString());
        byte[] payload = new byte[header.PayloadBytes];
        Read(payload);
        return payload;
    }

    /// <summary>True when the backend closed the connection, after any replies.</summary>
    public bool IsClosedByBackend()
    {
        byte[] bytes = new byte[4096];
        nint read;
        do
        {
            Await();
            read = ScmRights.Receive(socket, bytes, _fds);
        }
        while (read > 0);
        return true;
    }

    public void AssertAlive()
    {
        Assert.True(Send(Message(VhostUserRequest.GetFeatures, [])));
        Assert.Equal(sizeof(ulong), Reply(VhostUserRequest.GetFeatures).Length);
    }

    public void Dispose()
    {
        _fds.Dispose();
        socket.Dispose();
    }

    private void Read(Span<byte> destination)
    {
        while (!destination.IsEmpty)
        {
            Await();
            nint read = ScmRights.Receive(socket, destination, _fds);
            Assert.True(read > 0, "the backend closed the connection");
            destination = destination[(int)read..];
        }
    }

    /// <summary>A hang is a failure, not a hang.</summary>
    private void Await()
    {
        using var epoll = new Epoll();
        epoll.Add(socket, EpollEvents.In, 0);
        Span<EpollReady> ready = stackalloc EpollReady[1];
        Assert.True(epoll.WaitThrough(ready, 10_000) == 1, "the backend neither answers nor closes");
    }
}
