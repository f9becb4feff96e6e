using FastRing.Console.Spec;
using FastRing.Devices;
using FastRing.Memory;
using FastRing.Queues;

namespace FastRing.Console.Tests.Support;

/// <summary>A port's two queues driven by hand: chains of any shape, and rings that can be broken.</summary>
internal sealed class RawPort
{
    private readonly InProcessTransport _transport;
    private readonly GuestAddress _receiveSlots;
    private readonly GuestAddress _transmitSlots;
    private readonly Stack<int> _free = new();
    private readonly int _receiveBytes;
    private readonly int _transmitBytes;
    private readonly DriverBuffer[] _pieces;

    public RawPort(
        InProcessTransport transport, int id, int receiveCount = 64, int receiveBytes = 4096, int transmitCount = 64,
        int transmitBytes = 4096, int pieces = 1, ushort ringSize = 256)
    {
        _transport = transport;
        _receiveBytes = receiveBytes;
        _transmitBytes = transmitBytes;
        _pieces = new DriverBuffer[pieces];
        _receiveSlots = transport.Allocate((ulong)receiveCount * (ulong)receiveBytes);
        _transmitSlots = transport.Allocate((ulong)transmitCount * (ulong)transmitBytes);
        Receive = transport.StartQueue(QueueMap.ReceiveQueue(id), ringSize);
        Transmit = transport.StartQueue(QueueMap.TransmitQueue(id), ringSize);
        for (int i = 0; i < receiveCount; i++)
        {
            Offer(i);
        }

        for (int i = transmitCount - 1; i >= 0; i--)
        {
            _free.Push(i);
        }

        Receive.PublishAndKick();
    }

    public DriverQueue Receive { get; }

    public DriverQueue Transmit { get; }

    /// <summary>Chains sent that the device has not given back.</summary>
    public int InFlight { get; private set; }

    /// <summary>The device never said it wrote into what it reads.</summary>
    public bool IsHonest { get; private set; } = true;

    /// <summary>Adds one chain; false when there is no room.</summary>
    public bool TryAdd(ReadOnlySpan<byte> bytes)
    {
        if (_free.Count == 0)
        {
            Reclaim();
        }

        if (!_free.TryPop(out int slot))
        {
            return false;
        }

        GuestAddress address = Slot(_transmitSlots, slot, _transmitBytes);
        bytes.CopyTo(_transport.Memory.Window(address, (ulong)_transmitBytes).Span);
        ReadOnlySpan<DriverBuffer> pieces = Cut(address, bytes.Length);
        if (!Transmit.Ring.TryAdd(pieces, [], (ulong)slot))
        {
            _free.Push(slot);
            return false;
        }

        InFlight++;
        return true;
    }

    /// <summary>Takes back what the device is done with.</summary>
    public int Reclaim()
    {
        int count = 0;
        while (Transmit.Ring.TryTakeUsed(out UsedBuffer used))
        {
            IsHonest &= used.Written == 0; // Not asserted here: that would allocate.
            _free.Push((int)used.Token);
            InFlight--;
            count++;
        }

        return count;
    }

    /// <summary>Takes one receive buffer's bytes; -1: there is none.</summary>
    public int TryTake(Span<byte> bytes)
    {
        if (!Receive.Ring.TryTakeUsed(out UsedBuffer used))
        {
            return -1;
        }

        int slot = (int)used.Token;
        _transport.Memory.Window(Slot(_receiveSlots, slot, _receiveBytes), used.Written).Span.CopyTo(bytes);
        Offer(slot);
        return (int)used.Written;
    }

    private static GuestAddress Slot(GuestAddress start, int slot, int bytes) => new(start.Value + ((ulong)slot * (ulong)bytes));

    /// <summary>Cuts a buffer into as many pieces as a chain is to have; small buffers into fewer.</summary>
    private ReadOnlySpan<DriverBuffer> Cut(GuestAddress address, int length)
    {
        int count = Math.Min(_pieces.Length, length);
        int at = 0;
        for (int i = 0; i < count; i++)
        {
            int size = i == count - 1 ? length - at : length / count;
            _pieces[i] = new DriverBuffer(new(address.Value + (ulong)at), (uint)size);
            at += size;
        }

        return _pieces.AsSpan(0, count);
    }

    private void Offer(int slot)
    {
        GuestAddress address = Slot(_receiveSlots, slot, _receiveBytes);
        Receive.Ring.TryAdd([], Cut(address, _receiveBytes), (ulong)slot);
    }
}
