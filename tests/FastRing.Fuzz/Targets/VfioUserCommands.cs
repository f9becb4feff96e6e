using System.Buffers.Binary;
using FastRing.Fuzz.Sessions;
using FastRing.Interop;
using FastRing.Spec;
using FastRing.Transports;
using FastRing.VfioUser;
using FastRing.VfioUser.Protocol;
using FastRing.VfioUser.Server;
using FastRing.VhostUser.Backend;

namespace FastRing.Fuzz.Targets;

/// <summary>
/// What a vfio-user client sends, and by it the guest of its PCI function: commands nearly right and bytes of any kind, in pieces, with descriptors of any kind; registers, BARs and configuration space; rings full
/// of anything. Oracle: the device sees an order of calls that it may rely on, what it is handed lies in memory that was shared, answers are well formed and belong to what was asked, and no descriptor stays open.
/// </summary>
internal sealed class VfioUserCommands : WorkerTarget
{
    private const int MostSteps = 64;
    private const ulong Ring = FuzzWords.Guest + 0x1000;
    private const ushort RingSize = 8;

    /// <summary>Fields of the common structure, the ISR, configuration, doorbells; the table and its pending bits; configuration space.</summary>
    private static readonly ushort[] s_offsets =
    [
        0, 4, 8, 12, 16, 18, 20, 21, 22, 24, 26, 28, 30, 32, 36, 40, 44, 48, 52, 56, 58, 60, 0x1000, 0x1001, 0x2000, 0x2008, 0x200c, 0x2fff, 0x3000, 0x3004, 0x3008, 0x3ffe,
        0x10, 0x14, 0x1c, 0x2c, 0x06, 0x34, 0x3c, 0x40, 0x42, 0x44, 0x48, 0x4c, 0x50, 0x54, 0x80, 0x8c, 0x94, 0x98, 0x9c, 0xa0, 0xa4, 0xa8, 0xac, 0xb0, 0xfc, 0xff, 0x100, 0x1ffc, 0x2ffe, 0x0ffc, 0x4000, 1,
    ];

    private readonly FuzzFds _fds = new();
    private readonly OwnedFd _spare;
    private readonly OwnedFd _socket;
    private readonly ReceivedFds _received = new();
    private readonly byte[] _message = new byte[VfioUserHeader.Bytes + 8192];
    private readonly ushort[] _available = new ushort[2];
    private byte[] _input = [];
    private OwnedFd _mine = null!;
    private VfioUserServer _server = null!;
    private FuzzDevice _device = null!;
    private ClientConnection _connection = null!;
    private ushort _id;
    private bool _isBeyond;

    public VfioUserCommands() => (_socket, _spare) = UnixSocket.Pair();

    public override string Name => "vfio-user";

    public override void Run(ReadOnlySpan<byte> bytes)
    {
        _input = bytes.ToArray();
        _device = new FuzzDevice(() => _connection.Session!.Dma.Current);
        _server = new VfioUserServer(Worker, _device, _socket, "fuzz") { MaxMappedBytes = 1 << 24, MessageDeadline = TimeSpan.FromSeconds(1) };
        OnWorker(() => Must(!FuzzFds.AreLeftOpenBy(RunSession), "no descriptor stays open"));
        Reached.UnionWith(_device.Reached);
        foreach (RejectionReason reason in Enum.GetValues<RejectionReason>())
        {
            if (_server.Counters.Rejected(reason) > 0)
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
        _available.AsSpan().Clear();
        (_mine, OwnedFd theirs) = UnixSocket.Pair();
        _mine.SetNonBlocking();
        theirs.SetNonBlocking();
        _connection = new ClientConnection(_server, theirs);
        _connection.Open();
        try
        {
            for (int i = 0; i < MostSteps && !input.IsEmpty && !theirs.IsClosed; i++)
            {
                Step(ref input);
                Note();
            }
        }
        finally
        {
            _connection.Dispose();
            _mine.Dispose();
            _received.CloseAll();
            _fds.Drain();
        }

        Must(_device.Running == 0 && _device.Transport is null, "the device is left alone");
        Must(_server.Counters.Rejected(RejectionReason.Fault) == 0, "the device had nothing to object to");
    }

    private void Step(ref FuzzInput input)
    {
        byte operation = input.Byte();
        switch (operation >> 5)
        {
            case 7: // The guest writes to its memory.
                int at = input.UInt16() & 0xfffc;
                BinaryPrimitives.WriteUInt32LittleEndian(_fds.Bytes(operation)[at..], FuzzWords.Take(ref input));
                break;
            case 6:
                Offer(operation & 1);
                break;
            case 5:
                BringUp(operation);
                break;
            case 2 or 3 or 4:
                Access(ref input, operation);
                break;
            default:
                Command(ref input, operation);
                break;
        }
    }

    /// <summary>What came of it, besides answers.</summary>
    private void Note()
    {
        if (_connection.Session is { } session)
        {
            DeviceStatus status = session.Function.Status;
            Must((status & ~(DeviceStatus)0xcf) == 0 && (!status.HasFlag(DeviceStatus.DriverOk) || status.HasFlag(DeviceStatus.FeaturesOk | DeviceStatus.Driver)), "a status that there is");
            Must(_device.Running == 0 || status.HasFlag(DeviceStatus.DriverOk), "no queue before DRIVER_OK");
            if (status.HasFlag(DeviceStatus.NeedsReset))
            {
                Reach("needs reset");
            }

            if (_server.Counters.Notifications > 0)
            {
                Reach("interrupt");
            }

            if (session.Function.Counters.IgnoredAccesses > 0)
            {
                Reach("ignored");
            }
        }
    }

    /// <summary>A driver that keeps to the rules, as far as bits of the operation let it.</summary>
    private void BringUp(byte operation)
    {
        int queue = operation & 1;
        ulong ring = Ring + ((ulong)queue * 0x1000);
        Send(VfioUserCommand.Version, [0, 0, 0, 0], []);
        Send(VfioUserCommand.DmaMap, Words(32, 3, 0, 0, FuzzWords.Guest, 0, FuzzFds.MemoryBytes, 0), [_fds.Memory]);
        Write(7, 4, 2, 6);
        foreach (uint status in (uint[])[(operation & 16) != 0 ? 0 : 3u, 1, 3])
        {
            Write(0, 20, 1, status);
        }

        ulong features = VirtioFeatures.Version1 | ((operation & 2) != 0 ? VirtioFeatures.RingPacked : 0) | VirtioFeatures.RingReset;
        Write(0, 8, 4, 1);
        Write(0, 12, 4, (uint)(features >> 32));
        Write(0, 20, 1, 11);
        Write(0, 22, 2, (uint)queue);
        Write(0, 24, 2, RingSize);
        Write(0, 32, 4, (uint)ring);
        Write(0, 40, 4, (uint)ring + 0x200);
        Write(0, 48, 4, (uint)ring + 0x400);
        if ((operation & 4) != 0)
        {
            Write(7, 0x42, 2, 0x8000);
            Send(VfioUserCommand.DeviceSetIrqs, Words(20, IrqSet.DataEventFd | IrqSet.ActionTrigger, PciIrq.Msix, (uint)queue + 1, 1), [_fds[1]]);
            Write(0, 26, 2, (uint)queue + 1);
        }
        else
        {
            Send(VfioUserCommand.DeviceSetIrqs, Words(20, IrqSet.DataEventFd | IrqSet.ActionTrigger, PciIrq.Intx, 0, 1), [_fds[1]]);
        }

        Write(0, 28, 2, 1);
        Write(0, 20, 1, (operation & 8) != 0 ? 11u : 15);
    }

    /// <summary>A good chain on a split ring, and its doorbell.</summary>
    private void Offer(int queue)
    {
        Span<byte> ring = _fds.Bytes(0)[(0x1000 + (queue * 0x1000))..];
        BinaryPrimitives.WriteUInt64LittleEndian(ring, FuzzWords.Guest + 0x8000);
        BinaryPrimitives.WriteUInt32LittleEndian(ring[8..], 16);
        BinaryPrimitives.WriteUInt16LittleEndian(ring[12..], (ushort)DescriptorFlags.Write);
        BinaryPrimitives.WriteUInt16LittleEndian(ring[0x202..], ++_available[queue]);
        Write(0, 0x3000 + (4 * (uint)queue), 2, (uint)queue);
    }

    /// <summary>A register: mostly one there is, of the width it has.</summary>
    private void Access(ref FuzzInput input, byte operation)
    {
        byte where = input.Byte();
        uint offset = s_offsets[where & 63];
        uint region = (where >> 6) switch { 0 => 0u, 1 => 7, 2 => 1, _ => input.Byte() };
        uint width = (operation & 3) switch { 0 => 1u, 1 => 2, 2 => 4, _ => input.Byte() };
        _isBeyond = _connection.Session is { } session && (region >= PciRegion.Count || offset + width > session.RegionBytes(region));
        Access(ref input, operation, region, offset, width);
        _isBeyond = false;
    }

    private void Access(ref FuzzInput input, byte operation, uint region, uint offset, uint width)
    {
        if ((operation & 4) != 0)
        {
            Send(VfioUserCommand.RegionRead, Words(offset, 0, region, width), []);
            return;
        }

        byte[] value = new byte[width];
        Span<byte> word = stackalloc byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32LittleEndian(word, FuzzWords.Take(ref input));
        word[..(int)Math.Min(width, sizeof(uint))].CopyTo(value);
        Send(VfioUserCommand.RegionWrite, [.. Words(offset, 0, region, width), .. value], []);
    }

    private void Command(ref FuzzInput input, byte operation)
    {
        var command = (VfioUserCommand)(operation & 0x1f);
        byte how = input.Byte();
        int bytes = (how & 3) == 3 ? input.Byte() * 4 : CommandTable.Find(command)?.MinBytes ?? 8;
        for (int at = 0; at < bytes; at += sizeof(uint))
        {
            BinaryPrimitives.WriteUInt32LittleEndian(_message.AsSpan(VfioUserHeader.Bytes + at), FuzzWords.Take(ref input));
        }

        byte kinds = (how & 0x60) != 0 ? input.Byte() : (byte)0;
        int count = (how & 0x60) switch { 0 => 0, 0x20 => 1, 0x40 => 2, _ => kinds >> 3 };
        OwnedFd[] fds = [.. Enumerable.Range(0, count).Select(i => _fds[(kinds + (i * (kinds >> 6))) & 7])];
        uint announced = (how & 7) == 7 ? FuzzWords.Take(ref input) : (uint)(VfioUserHeader.Bytes + bytes);
        uint flags = (how & 0x18) switch { 0x18 => FuzzWords.Take(ref input), 0x10 => 0x10, _ => 0 };
        new VfioUserHeader(++_id, command, announced, flags, 0).Write(_message);
        int all = VfioUserHeader.Bytes + bytes;
        int cut = (how & 0x80) != 0 ? input.Byte() % all : 0;
        Send(_message.AsSpan(0, cut), []);
        Send(_message.AsSpan(cut, all - cut), fds);
    }

    private void Write(uint region, uint offset, int width, uint value)
    {
        byte[] bytes = new byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, value);
        Send(VfioUserCommand.RegionWrite, [.. Words(offset, 0, region, (uint)width), .. bytes.AsSpan(0, width)], []);
    }

    private void Send(VfioUserCommand command, ReadOnlySpan<byte> payload, ReadOnlySpan<OwnedFd> fds)
    {
        new VfioUserHeader(++_id, command, (uint)(VfioUserHeader.Bytes + payload.Length), 0, 0).Write(_message);
        payload.CopyTo(_message.AsSpan(VfioUserHeader.Bytes));
        Send(_message.AsSpan(0, VfioUserHeader.Bytes + payload.Length), fds);
    }

    private void Send(ReadOnlySpan<byte> bytes, ReadOnlySpan<OwnedFd> fds)
    {
        if (bytes.Length > 0 && ScmRights.Send(_mine, bytes, fds) > 0)
        {
            _connection.OnReady(EpollEvents.In);
            ReadReplies();
        }
    }

    /// <summary>Whole messages, with the flags of a reply; one with an error has nothing else.</summary>
    private void ReadReplies()
    {
        Span<byte> bytes = stackalloc byte[VfioUserHeader.Bytes];
        Span<byte> payload = stackalloc byte[VfioUserHeader.MaxPayloadBytes];
        while (ScmRights.Receive(_mine, bytes, _received) is var read and > 0)
        {
            Must(read == bytes.Length);
            var header = VfioUserHeader.Read(bytes);
            int length = (int)header.SizeBytes - VfioUserHeader.Bytes;
            Must(header.Flags is 1 or 0x21 && (header.Flags == 0x21) == (header.Error != 0) && length is >= 0 and <= VfioUserHeader.MaxPayloadBytes);
            Must(header.Error == 0 || length == 0, "an error has no payload");
            Must(header.Error != 0 || !_isBeyond, "an access beyond its region is refused");
            Must(length == 0 || ScmRights.Receive(_mine, payload[..length], _received) == length, "a reply is whole");
            Must(_received.Count == 0, "no descriptor is given");
            Reach(header.Error == 0 ? "done" : "error");
        }
    }

    private static byte[] Words(params ReadOnlySpan<uint> words)
    {
        byte[] bytes = new byte[words.Length * sizeof(uint)];
        for (int i = 0; i < words.Length; i++)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(i * sizeof(uint)), words[i]);
        }

        return bytes;
    }
}
