using System.Buffers.Binary;
using FastRing.Interop;
using FastRing.VfioUser.Protocol;

namespace FastRing.Transports.Tests.Support;

/// <summary>A vfio-user client that sends whatever a test wants, and waits for the answer.</summary>
internal sealed class VfioUserClient(OwnedFd socket) : IDisposable
{
    private readonly Lock _lock = new();
    private readonly ReceivedFds _fds = new();
    private ushort _id;

    public static VfioUserClient Connect(string path) => new(UnixSocket.Connect(path));

    public static byte[] Words(params ReadOnlySpan<uint> words)
    {
        byte[] bytes = new byte[words.Length * sizeof(uint)];
        for (int i = 0; i < words.Length; i++)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(i * sizeof(uint)), words[i]);
        }

        return bytes;
    }

    /// <summary>Sends a command.</summary>
    /// <returns>The errno it was answered with, 0 if it was done, and the payload then.</returns>
    public (int Error, byte[] Payload) Ask(VfioUserCommand command, ReadOnlySpan<byte> payload, params ReadOnlySpan<OwnedFd> fds)
    {
        lock (_lock)
        {
            ushort id = ++_id;
            Assert.True(Send(Message(command, payload, id), fds), "the server closed the connection");
            byte[] bytes = new byte[VfioUserHeader.Bytes];
            Read(bytes);
            var header = VfioUserHeader.Read(bytes);
            Assert.Equal((id, command), (header.Id, header.Command));
            Assert.Equal(header.Error == 0 ? 1u : 0x21, header.Flags);
            byte[] reply = new byte[header.SizeBytes - VfioUserHeader.Bytes];
            Read(reply);
            return ((int)header.Error, reply);
        }
    }

    /// <summary>The same for what must be done.</summary>
    public byte[] Do(VfioUserCommand command, ReadOnlySpan<byte> payload, params ReadOnlySpan<OwnedFd> fds)
    {
        (int error, byte[] reply) = Ask(command, payload, fds);
        Assert.Equal(0, error);
        return reply;
    }

    public void SayVersion() => Do(VfioUserCommand.Version, [0, 0, 0, 0, .. "{\"capabilities\":{\"max_msg_fds\":16}}\0"u8]);

    public int Map(ulong address, ulong size, OwnedFd? file, ulong offset = 0, uint flags = 3) => Ask(
        VfioUserCommand.DmaMap,
        Words(32, flags, (uint)offset, (uint)(offset >> 32), (uint)address, (uint)(address >> 32), (uint)size, (uint)(size >> 32)),
        file is null ? [] : [file]).Error;

    public int Unmap(ulong address, ulong size, uint flags = 0) =>
        Ask(VfioUserCommand.DmaUnmap, Words(24, flags, (uint)address, (uint)(address >> 32), (uint)size, (uint)(size >> 32))).Error;

    public int SetIrqs(uint flags, uint index, uint start, uint count, byte[]? data = null, params ReadOnlySpan<OwnedFd> fds) =>
        Ask(VfioUserCommand.DeviceSetIrqs, [.. Words(20 + (uint)(data?.Length ?? 0), flags, index, start, count), .. data ?? []], fds).Error;

    public static byte[] Message(VfioUserCommand command, ReadOnlySpan<byte> payload, ushort id = 0, uint flags = 0, uint? size = null)
    {
        byte[] bytes = new byte[VfioUserHeader.Bytes + payload.Length];
        new VfioUserHeader(id, command, size ?? (uint)bytes.Length, flags, 0).Write(bytes);
        payload.CopyTo(bytes.AsSpan(VfioUserHeader.Bytes));
        return bytes;
    }

    /// <summary>Sends; a server that closed already is no error.</summary>
    public bool Send(ReadOnlySpan<byte> bytes, params ReadOnlySpan<OwnedFd> fds) => ScmRights.Send(socket, bytes, fds) == bytes.Length;

    /// <summary>True when the server closed the connection, after any replies.</summary>
    public bool IsClosedByServer()
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
            Assert.True(read > 0, "the server closed the connection");
            destination = destination[(int)read..];
        }
    }

    /// <summary>A hang is a failure, not a hang.</summary>
    private void Await()
    {
        using var epoll = new Epoll();
        epoll.Add(socket, EpollEvents.In, 0);
        Span<EpollReady> ready = stackalloc EpollReady[1];
        Assert.True(epoll.WaitThrough(ready, Patience.Milliseconds) == 1, "the server neither answers nor closes");
    }
}
