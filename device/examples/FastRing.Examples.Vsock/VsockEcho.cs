using System.Buffers.Binary;
using FastRing.Devices;
using FastRing.Memory;
using FastRing.Queues;
using FastRing.Spec;

namespace FastRing.Examples.Vsock;

/// <summary>
/// A virtio socket device (virtio 1.2, 5.10) whose host has an echo on each port. All of it runs on one worker, so there is no lock; what a guest may make it keep is bounded: connections,
/// their buffers, and answers that wait for receive buffers.
/// </summary>
internal sealed class VsockEcho(uint guestCid) : IVirtioDevice
{
    private const int Receive = 0;
    private const int Transmit = 1;
    private const int MaxConnections = 64;
    private const int MaxAnswers = 64;
    private const int MaxPacketBytes = VsockHeader.SizeBytes + EchoConnection.RoomBytes;

    private readonly ChainBatch _free = new(64, ChainDirection.Writable);
    private readonly ChainBatch _packets = new(64, ChainDirection.Readable);
    private readonly byte[] _packet = new byte[MaxPacketBytes];
    private readonly Dictionary<(uint Guest, uint Host), EchoConnection> _connections = [];
    private readonly Queue<VsockHeader> _answers = [];
    private readonly Virtqueue?[] _queues = new Virtqueue?[3];
    private readonly bool[] _isEnabled = new bool[3];
    private IDeviceTransport? _transport;

    public uint DeviceId => 19; // virtio 1.2, 5.10.1

    public ulong Features => VirtioFeatures.Version1 | VirtioFeatures.EventIndex | VirtioFeatures.IndirectDescriptors | VirtioFeatures.RingPacked;

    public int QueueCount => 3; // Nothing happens to this device that the third, for events, would tell.

    public int ConfigSize => sizeof(ulong);

    public void Attached(IDeviceTransport? transport) => _transport = transport;

    public void ReadConfig(int offset, Span<byte> destination)
    {
        Span<byte> config = stackalloc byte[ConfigSize];
        BinaryPrimitives.WriteUInt64LittleEndian(config, guestCid);
        config.Slice(offset, destination.Length).CopyTo(destination);
    }

    public void WriteConfig(int offset, ReadOnlySpan<byte> source)
    {
    }

    public void FeaturesNegotiated(ulong features)
    {
    }

    public void QueueStarted(int index, Virtqueue queue, bool enabled) => (_queues[index], _isEnabled[index]) = (queue, enabled);

    public void QueueEnabled(int index, bool enabled) => _isEnabled[index] = enabled;

    public void QueueKicked(int index)
    {
        if (_queues[Receive] is not { } receive || _queues[Transmit] is not { } transmit || !_isEnabled[Receive] || !_isEnabled[Transmit])
        {
            return;
        }

        do
        {
            while (TakePackets(transmit) | Send(receive))
            {
            }

            receive.PublishAndNotify();
            transmit.PublishAndNotify();
        }
        while ((transmit.EnableNotifications() && _answers.Count < MaxAnswers) | (_free.Count == 0 && receive.EnableNotifications()));

        foreach (int queue in (ReadOnlySpan<int>)[Receive, Transmit])
        {
            if (_queues[queue]!.Error != VirtqueueError.None)
            {
                _transport?.QueueBroken(queue, _queues[queue]!.Error);
            }
        }
    }

    public void QueueStopping(int index)
    {
        _queues[index] = null;
        if (index == Receive)
        {
            _free.Clear();
        }
        else if (index == Transmit)
        {
            _packets.Clear();
        }
    }

    public void Reset()
    {
        _connections.Clear();
        _answers.Clear();
    }

    /// <returns>Whether there was anything.</returns>
    private bool TakePackets(Virtqueue transmit)
    {
        transmit.Pop(_packets);
        int done = 0;
        for (; done < _packets.Count && _answers.Count < MaxAnswers; done++)
        {
            int bytes = (int)Math.Min(_packets[done].Bytes, MaxPacketBytes + 1U);
            if (bytes is >= VsockHeader.SizeBytes and <= MaxPacketBytes)
            {
                Segments.CopyTo(_packets.SegmentsOf(done), _packet);
                Take(VsockHeader.Read(_packet), _packet.AsSpan(VsockHeader.SizeBytes, bytes - VsockHeader.SizeBytes));
            }
        }

        transmit.Complete(_packets, done);
        return done > 0;
    }

    private void Take(VsockHeader header, ReadOnlySpan<byte> data)
    {
        (uint, uint) key = (header.FromPort, header.ToPort);
        EchoConnection? connection = _connections.GetValueOrDefault(key);
        switch (header.Operation)
        {
            case VsockOperation.Reset:
                _connections.Remove(key);
                break;
            case VsockOperation.Request when connection is null && header.Type == VsockHeader.Stream && _connections.Count < MaxConnections:
                connection = _connections[key] = new EchoConnection(header);
                _answers.Enqueue(connection.WithRoom(header.Answer(VsockOperation.Response)));
                break;
            case VsockOperation.CreditRequest when connection is not null:
                _answers.Enqueue(connection.WithRoom(header.Answer(VsockOperation.CreditUpdate)));
                break;
            case VsockOperation.Data or VsockOperation.CreditUpdate or VsockOperation.Shutdown when connection is not null
                && header.Bytes == (header.Operation == VsockOperation.Data ? (uint)data.Length : 0) && connection.TryTake(header, data[..(int)header.Bytes]):
                break;
            default:
                _connections.Remove(key);
                _answers.Enqueue(header.Answer(VsockOperation.Reset));
                break;
        }
    }

    /// <returns>Whether anything was.</returns>
    private bool Send(Virtqueue receive)
    {
        receive.Pop(_free);
        int done = 0;
        while (done < _free.Count && Next(_packet.AsSpan(0, (int)Math.Min(_free[done].Bytes, MaxPacketBytes))) is > 0 and int bytes)
        {
            _free[done].Written = (uint)Segments.CopyFrom(_packet.AsSpan(0, bytes), _free.SegmentsOf(done));
            done++;
        }

        receive.Complete(_free, done);
        return done > 0;
    }

    /// <summary>Writes the next packet for the guest: answers first.</summary>
    private int Next(Span<byte> packet)
    {
        if (packet.Length <= VsockHeader.SizeBytes)
        {
            return 0; // No driver gives such buffers.
        }

        if (_answers.TryDequeue(out VsockHeader answer))
        {
            answer.Write(packet);
            return VsockHeader.SizeBytes;
        }

        foreach (EchoConnection connection in _connections.Values)
        {
            if (connection.Write(packet) is > 0 and int bytes)
            {
                return bytes;
            }
        }

        return 0;
    }
}
