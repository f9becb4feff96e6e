using System.Buffers.Binary;
using FastRing.Fuzz.Sessions;
using FastRing.Interop;
using FastRing.Memory;
using FastRing.VhostUser.Backend;
using FastRing.VhostUser.Protocol;

namespace FastRing.Fuzz.Targets;

/// <summary>
/// What a frontend sends: messages nearly right and bytes of any kind, in pieces, with descriptors that are not what they should be, over rings full of anything. Oracle: the device sees
/// an order of calls that it may rely on, answers are well formed and belong to what was asked, and no descriptor stays open.
/// </summary>
internal sealed class MessageStream : WorkerTarget
{
    private const int MostMessages = 48;
    private const int MaxMemory = 1 << 24;

    private readonly FuzzFds _fds = new();
    private readonly OwnedFd _spare;
    private readonly OwnedFd _socket;
    private readonly ReceivedFds _received = new();
    private readonly byte[] _message = new byte[VhostUserHeader.SizeBytes + 8192];
    private byte[] _input = [];
    private OwnedFd _mine = null!;
    private VhostUserBackend _backend = null!;
    private FuzzDevice _device = null!;
    private OwnedFd? _area;         // What the backend gave for tracking inflight I/O,
    private byte[] _areaPayload = []; // and what it said of it.
    private Connection _connection = null!;

    public MessageStream()
    {
        (_socket, _spare) = UnixSocket.Pair();
    }

    public override string Name => "message-stream";

    private GuestMemory? CurrentMemory => ((Session)_device.Transport!).Memory.Current;

    public override void Run(ReadOnlySpan<byte> bytes)
    {
        _input = bytes.ToArray();
        _device = new FuzzDevice(() => CurrentMemory);
        _backend = new VhostUserBackend(Worker, _device, _socket, "fuzz") { MaxMappedBytes = MaxMemory, OfferInbandNotifications = true, MessageDeadline = TimeSpan.FromSeconds(1) };
        OnWorker(() => Must(!FuzzFds.AreLeftOpenBy(RunSession), "no descriptor stays open"));
        Reached.UnionWith(_device.Reached);
        foreach (RejectionReason reason in Enum.GetValues<RejectionReason>())
        {
            if (_backend.Counters.Rejected(reason) > 0)
            {
                Reach(reason.ToString());
            }
        }
    }

    public override void Dispose()
    {
        base.Dispose();
        _socket.Dispose();
        _spare.Dispose();
        _fds.Dispose();
    }

    private void RunSession()
    {
        var input = new FuzzInput(_input);
        _fds.Bytes(0).Clear();
        _fds.Bytes(1).Clear();
        (_mine, OwnedFd theirs) = UnixSocket.Pair();
        _mine.SetNonBlocking();
        theirs.SetNonBlocking();
        _connection = new Connection(_backend, theirs);
        _connection.Open();
        try
        {
            for (int i = 0; i < MostMessages && !input.IsEmpty && !theirs.IsClosed; i++)
            {
                Step(ref input);
            }
        }
        finally
        {
            _connection.Dispose();
            _mine.Dispose();
            _received.CloseAll();
            _fds.Drain();
            _area?.Dispose();
            _area = null;
        }

        Must(_device.Running == 0 && _device.Transport is null, "the device is left alone");
        Must(_backend.Counters.Rejected(RejectionReason.Fault) == 0, "the device had nothing to object to");
    }

    private void Step(ref FuzzInput input)
    {
        byte request = input.Byte();
        if (request >= 0xe0)
        {
            // Not a message: the guest writes to its memory.
            int at = input.UInt16() & 0xfffc;
            BinaryPrimitives.WriteUInt32LittleEndian(_fds.Bytes(request)[at..], FuzzWords.Take(ref input));
            return;
        }

        byte how = input.Byte();
        int payload = Compose(ref input, request, how, out uint announced);
        OwnedFd[] fds = Descriptors(ref input, request, how);
        uint flags = (how & 0x18) switch { 0x18 => FuzzWords.Take(ref input), 0x10 => VhostUserHeader.Version, _ => VhostUserHeader.Version | VhostUserHeader.NeedReplyFlag };
        new VhostUserHeader(request & 0x3fU, flags, announced).Write(_message);
        int bytes = VhostUserHeader.SizeBytes + payload;
        int cut = (how & 0x80) != 0 ? input.Byte() % bytes : 0;
        Send(_message.AsSpan(0, cut), []);
        Send(_message.AsSpan(cut, bytes - cut), fds);
    }

    /// <summary>Writes a payload of the size that is right for the request, or another.</summary>
    private int Compose(ref FuzzInput input, byte request, byte how, out uint announced)
    {
        MessageRow? row = MessageTable.Find((VhostUserRequest)(request & 0x3f));
        int bytes = (how & 3) switch
        {
            3 => input.Byte() * 4,
            2 => 8 + (MemoryRegion.PayloadBytes * (input.Byte() & 0x0f)),
            _ => row?.MinBytes ?? 8,
        };
        for (int at = 0; at < bytes; at += sizeof(uint))
        {
            BinaryPrimitives.WriteUInt32LittleEndian(_message.AsSpan(VhostUserHeader.SizeBytes + at), FuzzWords.Take(ref input));
        }

        if ((request & 0x3f) == (int)VhostUserRequest.SetInflightFd && (how & 3) == 1)
        {
            bytes = _areaPayload.Length;
            _areaPayload.CopyTo(_message, VhostUserHeader.SizeBytes);
        }

        announced = (how & 4) != 0 && (how & 3) == 3 ? FuzzWords.Take(ref input) : (uint)bytes;
        return bytes;
    }

    private OwnedFd[] Descriptors(ref FuzzInput input, byte request, byte how)
    {
        byte kinds = (how & 0x60) != 0 ? input.Byte() : (byte)0;
        int count = (how & 0x60) switch { 0 => 0, 0x20 => 1, 0x40 => 2, _ => kinds >> 3 };
        return [.. Enumerable.Range(0, count).Select(i => (kinds + (i * (kinds >> 6))) & 7).Select(kind => kind == 2 ? _area ?? _fds[kind] : _fds[kind])];
    }

    private void Send(ReadOnlySpan<byte> bytes, ReadOnlySpan<OwnedFd> fds)
    {
        if (bytes.Length > 0 && ScmRights.Send(_mine, bytes, fds) > 0)
        {
            _connection.OnReady(EpollEvents.In);
            ReadReplies();
        }
    }

    private void KeepArea(in VhostUserHeader reply, ReadOnlySpan<byte> payload)
    {
        if (reply.Request == (uint)VhostUserRequest.GetInflightFd && _received.Count == 1)
        {
            _area?.Dispose();
            _area = _received.Take(0);
            _areaPayload = payload.ToArray();
        }
    }

    /// <summary>Whole messages, with the flags of a reply, of requests that were made.</summary>
    private void ReadReplies()
    {
        Span<byte> header = stackalloc byte[VhostUserHeader.SizeBytes];
        Span<byte> payload = stackalloc byte[VhostUserHeader.MaxPayloadBytes];
        while (ScmRights.Receive(_mine, header, _received) is var read and > 0)
        {
            Must(read == header.Length);
            VhostUserHeader reply = VhostUserHeader.Read(header);
            Must(reply.IsReplyTo((VhostUserRequest)reply.Request) && reply.Request < 64 && reply.PayloadBytes is > 0 and <= VhostUserHeader.MaxPayloadBytes);
            Must(ScmRights.Receive(_mine, payload[..(int)reply.PayloadBytes], _received) == (nint)reply.PayloadBytes, "a reply is whole");
            KeepArea(reply, payload[..(int)reply.PayloadBytes]);
            _received.CloseAll();
            Reach("replied");
        }
    }
}
