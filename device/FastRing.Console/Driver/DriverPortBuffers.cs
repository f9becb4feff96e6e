using FastRing.Devices;
using FastRing.Memory;
using FastRing.Queues;

namespace FastRing.Console.Driver;

/// <summary>
/// The two queues of a port number and the buffers that go round on them. They outlive ports: as with Linux, what is on the rings when a port goes
/// serves the next one of that number.
/// </summary>
internal sealed class DriverPortBuffers
{
    private readonly GuestMemory _memory;
    private readonly DriverQueue _receive;
    private readonly DriverQueue _transmit;
    private readonly DriverBuffers _sizes;
    private readonly GuestAddress _receiveStart;
    private readonly GuestAddress _transmitStart;
    private readonly Stack<int> _freeTransmit = new();
    private int _current = -1; // receive buffer being read
    private int _read;
    private int _filled;
    private bool _ranOut; // A write found every buffer on its way.

    public DriverPortBuffers(IDriverTransport transport, DriverQueue receive, DriverQueue transmit, DriverBuffers sizes)
    {
        (_memory, _receive, _transmit, _sizes) = (transport.Memory, receive, transmit, sizes);
        _receiveStart = transport.Allocate((ulong)sizes.ReceiveCount * (ulong)sizes.ReceiveBytes);
        _transmitStart = transport.Allocate((ulong)sizes.TransmitCount * (ulong)sizes.TransmitBytes);
        for (int i = 0; i < sizes.ReceiveCount; i++)
        {
            Offer(i);
        }

        for (int i = sizes.TransmitCount - 1; i >= 0; i--)
        {
            _freeTransmit.Push(i);
        }

        _receive.PublishAndKick();
    }

    /// <summary>Sends what fits into one free buffer.</summary>
    /// <returns>Bytes taken; 0: every buffer is on its way.</returns>
    public int TryWrite(ReadOnlySpan<byte> bytes)
    {
        TakeTransmitted();
        _ranOut = !bytes.IsEmpty && _freeTransmit.Count == 0;
        if (bytes.IsEmpty || _ranOut)
        {
            return 0;
        }

        int index = _freeTransmit.Pop();
        int length = Math.Min(bytes.Length, _sizes.TransmitBytes);
        GuestAddress address = At(_transmitStart, index, _sizes.TransmitBytes);
        bytes[..length].CopyTo(_memory.Window(address, (ulong)length).Span);
        _transmit.Ring.TryAdd([new DriverBuffer(address, (uint)length)], [], (ulong)index);
        _transmit.PublishAndKick();
        return length;
    }

    /// <summary>Takes what the device delivered.</summary>
    /// <returns>Bytes copied; 0: nothing is there.</returns>
    public int TryRead(Span<byte> destination)
    {
        if (_current < 0 && !TakeReceived())
        {
            return 0;
        }

        int length = Math.Min(destination.Length, _filled - _read);
        GuestAddress address = At(_receiveStart, _current, _sizes.ReceiveBytes);
        _memory.Window(new(address.Value + (ulong)_read), (ulong)length).Span.CopyTo(destination);
        _read += length;
        if (_read == _filled)
        {
            GiveBack();
        }

        return length;
    }

    /// <summary>Nobody will read what was delivered: those buffers go back to the device.</summary>
    public void DiscardReceived()
    {
        while (_current >= 0 || TakeReceived())
        {
            GiveBack();
        }
    }

    /// <summary>Asks for notifications; true when there is something to do already.</summary>
    public bool Arm()
    {
        // Or their mere presence would keep a reader, who never looks at them, from sleeping. A writer who waits for one hears of it.
        TakeTransmitted();
        bool hasRoom = _ranOut && _freeTransmit.Count > 0;
        bool received = _receive.Ring.EnableNotifications();
        return _transmit.Ring.EnableNotifications() || received || hasRoom || _current >= 0;
    }

    public void Disarm()
    {
        _receive.Ring.SuppressNotifications();
        _transmit.Ring.SuppressNotifications();
    }

    private static GuestAddress At(GuestAddress start, int index, int size) => new(start.Value + ((ulong)index * (ulong)size));

    private void Offer(int index) =>
        _receive.Ring.TryAdd([], [new DriverBuffer(At(_receiveStart, index, _sizes.ReceiveBytes), (uint)_sizes.ReceiveBytes)], (ulong)index);

    private void GiveBack()
    {
        Offer(_current);
        _receive.PublishAndKick();
        _current = -1;
    }

    private void TakeTransmitted()
    {
        while (_transmit.Ring.TryTakeUsed(out UsedBuffer used))
        {
            _freeTransmit.Push((int)used.Token);
        }
    }

    private bool TakeReceived()
    {
        if (!_receive.Ring.TryTakeUsed(out UsedBuffer used))
        {
            return false;
        }

        // The device's word: never more than the buffer has.
        (_current, _read, _filled) = ((int)used.Token, 0, (int)Math.Min(used.Written, (uint)_sizes.ReceiveBytes));
        return true;
    }
}
