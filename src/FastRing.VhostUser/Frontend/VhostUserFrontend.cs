using System.Buffers.Binary;
using FastRing.Interop;
using FastRing.VhostUser.Protocol;

namespace FastRing.VhostUser.Frontend;

/// <summary>
/// The frontend's side of the protocol: one method for each request, for VMMs, tests and benches. Blocking; the requests of several threads follow each other.
/// </summary>
/// <remarks>
/// With <see cref="ProtocolFeatures.ReplyAck"/> set every request is acknowledged, and one the backend refuses throws a
/// <see cref="VhostUserException"/>. Without, only those that answer anything can fail. Descriptors stay the caller's.
/// </remarks>
public sealed partial class VhostUserFrontend : IDisposable
{
    private readonly Lock _turn = new();
    private readonly FrontendSocket _socket;

    /// <summary>Speaks to a backend over <paramref name="socket"/>, which becomes the frontend's.</summary>
    /// <param name="socket">A connected, blocking stream socket.</param>
    public VhostUserFrontend(OwnedFd socket) => _socket = new FrontendSocket(socket);

    /// <summary>How long the backend may take to answer; 10 s unless set otherwise.</summary>
    public TimeSpan Timeout
    {
        get => _socket.Timeout;
        set => _socket.Timeout = value;
    }

    /// <summary>The protocol features set.</summary>
    public ProtocolFeatures ProtocolFeatures { get; private set; }

    /// <summary>Connects to a backend that listens.</summary>
    /// <param name="path">Its socket; '@' begins an abstract name.</param>
    /// <exception cref="LinuxException">Nobody listens there.</exception>
    public static VhostUserFrontend Connect(string path) => new(UnixSocket.Connect(path));

    /// <summary><c>SET_OWNER</c>.</summary>
    public void SetOwner() => Tell(VhostUserRequest.SetOwner);

    /// <summary><c>GET_FEATURES</c>: the offered feature bits.</summary>
    public ulong GetFeatures() => AskNumber(VhostUserRequest.GetFeatures);

    /// <summary><c>SET_FEATURES</c>: the chosen feature bits.</summary>
    public void SetFeatures(ulong features) => Tell(VhostUserRequest.SetFeatures, features);

    /// <summary><c>GET_PROTOCOL_FEATURES</c>.</summary>
    public ProtocolFeatures GetProtocolFeatures() => (ProtocolFeatures)AskNumber(VhostUserRequest.GetProtocolFeatures);

    /// <summary><c>SET_PROTOCOL_FEATURES</c>.</summary>
    public void SetProtocolFeatures(ProtocolFeatures features)
    {
        Tell(VhostUserRequest.SetProtocolFeatures, (ulong)features);
        ProtocolFeatures = features;
    }

    /// <summary><c>GET_QUEUE_NUM</c>: how many queues the backend has.</summary>
    public ulong GetQueueNum() => AskNumber(VhostUserRequest.GetQueueNum);

    /// <summary><c>SET_MEM_TABLE</c>: the whole memory map, at most 8 regions.</summary>
    /// <param name="regions">The regions.</param>
    /// <param name="files">The file of each.</param>
    public void SetMemTable(ReadOnlySpan<MemoryRegion> regions, ReadOnlySpan<OwnedFd> files)
    {
        Span<byte> payload = stackalloc byte[sizeof(ulong) + (MemoryRegion.MaxInTable * MemoryRegion.PayloadBytes)];
        payload.Clear();
        BinaryPrimitives.WriteUInt32LittleEndian(payload, (uint)regions.Length);
        int size = sizeof(ulong);
        foreach (MemoryRegion region in regions)
        {
            region.Write(payload[size..]);
            size += MemoryRegion.PayloadBytes;
        }

        Tell(VhostUserRequest.SetMemTable, payload[..size], files);
    }

    /// <summary><c>GET_MAX_MEM_SLOTS</c>: how many regions there may be.</summary>
    public ulong GetMaxMemSlots() => AskNumber(VhostUserRequest.GetMaxMemSlots);

    /// <summary><c>ADD_MEM_REG</c>.</summary>
    public void AddMemRegion(in MemoryRegion region, OwnedFd file) => TellRegion(VhostUserRequest.AddMemReg, region, [file]);

    /// <summary><c>REM_MEM_REG</c>: the region with these addresses and this size.</summary>
    public void RemoveMemRegion(in MemoryRegion region) => TellRegion(VhostUserRequest.RemMemReg, region, []);

    /// <summary><c>SET_VRING_NUM</c>: a ring's size in entries.</summary>
    public void SetVringNum(int ring, uint size) => TellState(VhostUserRequest.SetVringNum, ring, size);

    /// <summary><c>SET_VRING_ADDR</c>.</summary>
    public void SetVringAddr(int ring, in VringAddresses addresses)
    {
        Span<byte> payload = stackalloc byte[VringAddresses.SizeBytes];
        addresses.Write(payload, (uint)ring);
        Tell(VhostUserRequest.SetVringAddr, payload);
    }

    /// <summary><c>SET_VRING_BASE</c>: where the ring begins.</summary>
    public void SetVringBase(int ring, uint index) => TellState(VhostUserRequest.SetVringBase, ring, index);

    /// <summary><c>GET_VRING_BASE</c>: stops the ring, and says where to go on.</summary>
    public uint GetVringBase(int ring)
    {
        Span<byte> payload = stackalloc byte[VringStatePayload.SizeBytes];
        new VringStatePayload((uint)ring, 0).Write(payload);
        Ask(VhostUserRequest.GetVringBase, payload, payload);
        return VringStatePayload.Read(payload).Value;
    }

    /// <summary><c>SET_VRING_KICK</c>. Null: the backend polls.</summary>
    public void SetVringKick(int ring, OwnedFd? kick) => TellDescriptor(VhostUserRequest.SetVringKick, ring, kick);

    /// <summary><c>SET_VRING_CALL</c>. Null: the driver polls.</summary>
    public void SetVringCall(int ring, OwnedFd? call) => TellDescriptor(VhostUserRequest.SetVringCall, ring, call);

    /// <summary><c>SET_VRING_ERR</c>. Null: nobody wants to know.</summary>
    public void SetVringErr(int ring, OwnedFd? error) => TellDescriptor(VhostUserRequest.SetVringErr, ring, error);

    /// <summary><c>SET_VRING_ENABLE</c>.</summary>
    public void SetVringEnable(int ring, bool enabled) => TellState(VhostUserRequest.SetVringEnable, ring, enabled ? 1u : 0);

    /// <summary><c>VRING_KICK</c>: the notification as a message.</summary>
    public void KickInband(int ring) => TellState(VhostUserRequest.VringKick, ring, 0);

    /// <summary><c>GET_CONFIG</c>.</summary>
    /// <param name="offset">First byte of the configuration space.</param>
    /// <param name="destination">At most 256 bytes.</param>
    /// <exception cref="VhostUserException">The backend has no such bytes.</exception>
    public void GetConfig(int offset, Span<byte> destination)
    {
        Span<byte> payload = stackalloc byte[ConfigPayload.HeadBytes + ConfigPayload.MaxBytes];
        payload = payload[..(ConfigPayload.HeadBytes + destination.Length)];
        payload.Clear();
        new ConfigPayload((uint)offset, (uint)destination.Length, 0).Write(payload);
        Ask(VhostUserRequest.GetConfig, payload, payload);
        payload[ConfigPayload.HeadBytes..].CopyTo(destination);
    }

    /// <summary><c>SET_CONFIG</c>.</summary>
    /// <param name="offset">First byte of the configuration space.</param>
    /// <param name="source">At most 256 bytes.</param>
    public void SetConfig(int offset, ReadOnlySpan<byte> source)
    {
        Span<byte> payload = stackalloc byte[ConfigPayload.HeadBytes + ConfigPayload.MaxBytes];
        new ConfigPayload((uint)offset, (uint)source.Length, 0).Write(payload);
        source.CopyTo(payload[ConfigPayload.HeadBytes..]);
        Tell(VhostUserRequest.SetConfig, payload[..(ConfigPayload.HeadBytes + source.Length)]);
    }

    /// <summary><c>SET_BACKEND_REQ_FD</c>: the socket for the backend's requests; <see cref="BackendRequests"/> reads its other end.</summary>
    public void SetBackendRequestFd(OwnedFd socket) => Tell(VhostUserRequest.SetBackendReqFd, [], [socket]);

    /// <summary><c>IOTLB_MSG</c>: a translation, or the end of some. When this returns, the backend has acted on it.</summary>
    public void SendIotlb(in IotlbMessage message)
    {
        Span<byte> payload = stackalloc byte[IotlbMessage.SizeInBytes];
        message.Write(payload);
        Tell(VhostUserRequest.IotlbMsg, payload);
    }

    /// <summary><c>RESET_DEVICE</c>.</summary>
    public void ResetDevice() => Tell(VhostUserRequest.ResetDevice);

    /// <summary><c>SET_STATUS</c>: the virtio device status.</summary>
    public void SetStatus(byte status) => Tell(VhostUserRequest.SetStatus, status);

    /// <summary><c>GET_STATUS</c>.</summary>
    public byte GetStatus() => (byte)AskNumber(VhostUserRequest.GetStatus);

    /// <summary>Ends the session.</summary>
    public void Dispose() => _socket.Dispose();

    private void Tell(VhostUserRequest request, ulong number)
    {
        Span<byte> payload = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(payload, number);
        Tell(request, payload);
    }

    private void TellState(VhostUserRequest request, int ring, uint value)
    {
        Span<byte> payload = stackalloc byte[VringStatePayload.SizeBytes];
        new VringStatePayload((uint)ring, value).Write(payload);
        Tell(request, payload);
    }

    private void TellDescriptor(VhostUserRequest request, int ring, OwnedFd? descriptor)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)ring, (uint)VringDescriptorPayload.MaxRings, nameof(ring));
        Span<byte> payload = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(payload, new VringDescriptorPayload((uint)ring, descriptor is not null).Value);
        Tell(request, payload, descriptor is null ? [] : [descriptor]);
    }

    private void TellRegion(VhostUserRequest request, in MemoryRegion region, ReadOnlySpan<OwnedFd> files)
    {
        Span<byte> payload = stackalloc byte[sizeof(ulong) + MemoryRegion.PayloadBytes];
        payload.Clear();
        region.Write(payload[sizeof(ulong)..]);
        Tell(request, payload, files);
    }

    private void Tell(VhostUserRequest request, ReadOnlySpan<byte> payload = default, ReadOnlySpan<OwnedFd> fds = default)
    {
        bool acknowledged = (ProtocolFeatures & ProtocolFeatures.ReplyAck) != 0;
        using Lock.Scope turn = _turn.EnterScope();
        _socket.Send(request, acknowledged, payload, fds);
        if (acknowledged && BinaryPrimitives.ReadUInt64LittleEndian(Sized(request, _socket.ReceiveReply(request), sizeof(ulong))) != 0)
        {
            throw new VhostUserException(request, "the backend refused it");
        }
    }

    private ulong AskNumber(VhostUserRequest request)
    {
        Span<byte> reply = stackalloc byte[sizeof(ulong)];
        Ask(request, [], reply);
        return BinaryPrimitives.ReadUInt64LittleEndian(reply);
    }

    private void Ask(VhostUserRequest request, ReadOnlySpan<byte> payload, Span<byte> reply)
    {
        using Lock.Scope turn = _turn.EnterScope();
        _socket.Send(request, needReply: false, payload, []);
        Sized(request, _socket.ReceiveReply(request), reply.Length).CopyTo(reply);
    }

    private static ReadOnlySpan<byte> Sized(VhostUserRequest request, ReadOnlySpan<byte> reply, int bytes) =>
        reply.Length == bytes ? reply : throw new VhostUserException(request, $"the reply has {reply.Length} bytes instead of {bytes}");
}
