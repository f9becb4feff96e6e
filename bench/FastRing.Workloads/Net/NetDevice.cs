using FastRing.Devices;
using FastRing.Queues;
using FastRing.Spec;

namespace FastRing.Workloads.Net;

/// <summary>
/// A virtio-net device (virtio 1.2, 5.1) of one queue pair: just enough for a foreign driver to drive FastRing's rings. Buffers
/// are taken, filled and given back in batches; one publication and one decision about a notification each.
/// </summary>
internal sealed class NetDevice(NetMode mode, ulong features, BusyTime time) : IVirtioDevice
{
    private const int Receive = 0;  // receiveq1
    private const int Transmit = 1; // transmitq1
    private const int BatchSize = 64;

    private readonly ReceiveQueue _receive = new(BatchSize);
    private readonly TransmitQueue _transmit = new(BatchSize);
    private readonly byte[] _private = new byte[2 * TransmitQueue.MaxPacketBytes];
    private readonly byte[] _packet = Frame();
    private readonly TaskCompletionSource _left = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private IDeviceTransport? _transport;
    private ulong _negotiated;
    private bool _wasDriven;
    private bool _hasWorked;
    private int _privateUsed;
    private long _tooLong;

    /// <summary>Completes when a driver that started a ring is gone.</summary>
    public Task Left => _left.Task;

    public uint DeviceId => 1; // virtio 1.2, 5.1.1

    public ulong Features => features;

    public int QueueCount => 2;

    /// <summary><c>struct virtio_net_config</c> up to the MTU; without features nobody reads it.</summary>
    public int ConfigSize => 12;

    public NetResult Result => time.Result(_negotiated, _receive.Malformed + _transmit.Malformed, _tooLong);

    /// <summary>The worker has looked at every ring once.</summary>
    public void EndRound()
    {
        if (!_hasWorked)
        {
            time.Looked();
        }

        _hasWorked = false;
    }

    public void Attached(IDeviceTransport? transport)
    {
        _transport = transport;
        if (transport is null && _wasDriven)
        {
            _left.TrySetResult();
        }
    }

    public void ReadConfig(int offset, Span<byte> destination) => destination.Clear();

    public void WriteConfig(int offset, ReadOnlySpan<byte> source)
    {
    }

    public void FeaturesNegotiated(ulong negotiated)
    {
        _negotiated = negotiated;
        _receive.IsMergeable = (negotiated & NetFeatures.MergeableBuffers) != 0;
    }

    public void QueueStarted(int index, Virtqueue queue, bool enabled)
    {
        _wasDriven = true;
        if (index == Receive)
        {
            _receive.Start(queue, enabled);
        }
        else
        {
            _transmit.Start(queue, enabled);
        }
    }

    public void QueueEnabled(int index, bool enabled)
    {
        if (index == Receive)
        {
            _receive.IsEnabled = enabled;
        }
        else
        {
            _transmit.IsEnabled = enabled;
        }
    }

    /// <summary>Moves one batch. There is no loop: a worker that polls calls again.</summary>
    public void QueueKicked(int index)
    {
        (int packets, long bytes) = mode switch
        {
            NetMode.Loopback when _receive.IsReady && _transmit.IsReady => Loop(),
            NetMode.Sink when _transmit.IsReady => Drain(),
            NetMode.Source when _receive.IsReady => Fill(),
            _ => default,
        };
        if (packets > 0)
        {
            _hasWorked = true;
            time.Worked(packets, bytes);
        }
        else
        {
            ReportBroken();
        }
    }

    public void QueueStopping(int index)
    {
        if (index == Receive)
        {
            _receive.Stop();
        }
        else
        {
            _transmit.Stop();
        }
    }

    public void Reset()
    {
    }

    private (int Packets, long Bytes) Loop()
    {
        _transmit.Fetch();
        if (_receive.Count < _transmit.Count)
        {
            _receive.Fetch(); // Not before: where the driver is just putting its buffers is a line it wants to itself.
        }

        long bytes = 0;
        int packets = _receive.DeliverWhole(_transmit.Whole, ref bytes);
        _transmit.Take(packets);
        if (_transmit.TryPeek(out ReadOnlySpan<byte> packet))
        {
            _receive.Fetch(); // A packet may need several.
            packets += LoopUnusual(packet, ref bytes);
        }

        _receive.Flush();
        _transmit.Flush();
        return (packets, bytes);
    }

    /// <summary>Packets and buffers of several pieces, or that do not fit.</summary>
    private int LoopUnusual(ReadOnlySpan<byte> packet, ref long bytes)
    {
        int packets = 0;
        do
        {
            Delivery delivery = _receive.Deliver(packet);
            if (delivery == Delivery.NoBuffers)
            {
                break; // The packet waits for them in its own buffer.
            }

            _transmit.Take();
            if (delivery == Delivery.TooLong)
            {
                _tooLong++;
                continue;
            }

            packets++;
            bytes += packet.Length - NetHeader.Bytes;
        }
        while (_transmit.TryPeek(out packet));

        return packets;
    }

    /// <summary>Reads packets as a host's stack would, into memory of its own: a place of 2 KiB each, the same ones again and again.</summary>
    private (int Packets, long Bytes) Drain()
    {
        const int PlaceBytes = 2048;
        int packets = 0;
        long bytes = 0;
        _transmit.Fetch();
        for (; _transmit.TryPeek(out ReadOnlySpan<byte> packet); _transmit.Take())
        {
            _privateUsed = _privateUsed > TransmitQueue.MaxPacketBytes ? 0 : _privateUsed;
            packet[NetHeader.Bytes..].CopyTo(_private.AsSpan(_privateUsed));
            _privateUsed += Math.Max(PlaceBytes, packet.Length);
            packets++;
            bytes += packet.Length - NetHeader.Bytes;
        }

        _transmit.Flush();
        return (packets, bytes);
    }

    private (int Packets, long Bytes) Fill()
    {
        int packets = 0;
        _receive.Fetch();
        for (Delivery delivery; (delivery = _receive.Deliver(_packet)) != Delivery.NoBuffers;)
        {
            if (delivery == Delivery.Done)
            {
                packets++;
            }
            else
            {
                _receive.Skip();
            }
        }

        _receive.Flush();
        return (packets, packets * (long)(_packet.Length - NetHeader.Bytes));
    }

    private void ReportBroken()
    {
        if (_receive.Ring?.Error is { } receive and not VirtqueueError.None)
        {
            _transport?.QueueBroken(Receive, receive);
        }

        if (_transmit.Ring?.Error is { } transmit and not VirtqueueError.None)
        {
            _transport?.QueueBroken(Transmit, transmit);
        }
    }

    /// <summary>A broadcast of 64 bytes from a locally administered address, ethertype 0x88b5 (IEEE 802, for experiments), with the header's place in front.</summary>
    private static byte[] Frame()
    {
        byte[] frame = new byte[NetHeader.Bytes + 64];
        byte[] addresses = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x02, 0, 0, 0, 0, 1, 0x88, 0xb5];
        addresses.CopyTo(frame, NetHeader.Bytes);
        for (int i = NetHeader.Bytes + addresses.Length; i < frame.Length; i++)
        {
            frame[i] = (byte)i;
        }

        return frame;
    }
}
