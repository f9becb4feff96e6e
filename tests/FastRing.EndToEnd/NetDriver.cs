using FastRing.Memory;
using FastRing.Queues;
using FastRing.VhostUser.Frontend;

namespace FastRing.EndToEnd;

/// <summary>A network driver of few lines, for <c>workloads net</c>: packets with a header of 12 bytes on two queues.</summary>
internal sealed class NetDriver : IDisposable
{
    public const int HeaderBytes = 12;
    public const ulong MergeableBuffers = 1UL << 15; // VIRTIO_NET_F_MRG_RXBUF
    private const int PatienceMilliseconds = 10_000;
    private readonly FrontendSession _session;
    private readonly FrontendQueue _receive;
    private readonly FrontendQueue _transmit;
    private readonly List<DriverBuffer> _offered = [];

    public NetDriver(string socket, ulong features, ushort queueSize = 64)
    {
        _session = new FrontendSession(VhostUserFrontend.Connect(socket), 16 << 20, features);
        Assert.Equal(features, _session.Features);
        _receive = _session.StartQueue(0, queueSize);
        _transmit = _session.StartQueue(1, queueSize);
    }

    /// <summary>Sends header and payload in a chain of pieces.</summary>
    /// <param name="bytes">All of it.</param>
    /// <param name="pieces">Where it is cut.</param>
    public void Send(ReadOnlySpan<byte> bytes, params ReadOnlySpan<int> pieces)
    {
        var buffers = new List<DriverBuffer>();
        int start = 0;
        foreach (int end in (ReadOnlySpan<int>)[.. pieces, bytes.Length])
        {
            buffers.Add(Place(bytes[start..end]));
            start = end;
        }

        Assert.True(_transmit.Ring.TryAdd(buffers.ToArray(), [], 0));
        _transmit.PublishAndKick();
    }

    /// <summary>Sends a packet that lies outside of the driver's memory.</summary>
    public void SendUnmapped()
    {
        Assert.True(_transmit.Ring.TryAdd(new DriverBuffer(new GuestAddress(1UL << 50), 76), writable: false, 0));
        _transmit.PublishAndKick();
    }

    /// <summary>Waits until the device has declared the transmit queue broken.</summary>
    public bool WaitTransmitBroken() =>
        SpinWait.SpinUntil(() => _transmit.Error.Drain() == 1, PatienceMilliseconds);

    /// <summary>Waits until the device has given back what was sent.</summary>
    public void WaitSent() => Assert.True(_transmit.WaitUsed(out _, PatienceMilliseconds), "a packet was not taken");

    /// <summary>Whether the device has given back what was sent.</summary>
    public bool WasSent() => _transmit.Ring.TryTakeUsed(out _);

    /// <summary>Gives the device buffers to receive into.</summary>
    public void Offer(int count, int bytes)
    {
        for (int i = 0; i < count; i++)
        {
            var buffer = new DriverBuffer(_session.Memory.Allocate((ulong)bytes), (uint)bytes);
            _offered.Add(buffer);
            Assert.True(_receive.Ring.TryAdd(buffer, writable: true, (ulong)_offered.Count - 1));
        }

        _receive.PublishAndKick();
    }

    /// <summary>Waits for a buffer of the device.</summary>
    public byte[] Receive()
    {
        Assert.True(_receive.WaitUsed(out UsedBuffer used, PatienceMilliseconds), "no packet came");
        DriverBuffer buffer = _offered[(int)used.Token];
        Assert.InRange(used.Written, 0u, buffer.Length);
        return _session.Memory.Bytes(buffer.Address, (int)used.Written).ToArray();
    }

    /// <summary>Header and payload: bytes that differ from packet to packet.</summary>
    public static byte[] Packet(int payloadBytes, int seed)
    {
        byte[] packet = new byte[HeaderBytes + payloadBytes];
        new Random(seed).NextBytes(packet.AsSpan(HeaderBytes));
        return packet;
    }

    public void Dispose() => _session.Dispose();

    private DriverBuffer Place(ReadOnlySpan<byte> bytes)
    {
        GuestAddress address = _session.Memory.Allocate((ulong)bytes.Length);
        bytes.CopyTo(_session.Memory.Bytes(address, bytes.Length));
        return new DriverBuffer(address, (uint)bytes.Length);
    }
}
