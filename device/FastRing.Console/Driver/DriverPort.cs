using FastRing.Devices;
using FastRing.Memory;
using FastRing.Queues;

namespace FastRing.Console.Driver;

/// <summary>A port as the driver sees it. Belongs to the thread of its <see cref="ConsoleDriver"/>.</summary>
public sealed class DriverPort
{
    private readonly ConsoleDriver _driver;
    private readonly DriverQueue _receive;
    private readonly DriverQueue _transmit;
    private readonly DriverBuffers _sizes;
    private readonly GuestAddress _receiveStart;
    private readonly GuestAddress _transmitStart;
    private readonly Stack<int> _freeTransmit = new();
    private int _current = -1; // receive buffer being read
    private int _read;
    private int _filled;

    internal DriverPort(ConsoleDriver driver, uint id, DriverQueue receive, DriverQueue transmit, DriverBuffers sizes)
    {
        (_driver, Id, _receive, _transmit, _sizes) = (driver, id, receive, transmit, sizes);
        _receiveStart = driver.Transport.Allocate((ulong)sizes.ReceiveCount * (ulong)sizes.ReceiveBytes);
        _transmitStart = driver.Transport.Allocate((ulong)sizes.TransmitCount * (ulong)sizes.TransmitBytes);
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

    /// <summary>Number of the port.</summary>
    public uint Id { get; }

    /// <summary>Its name, empty until the device told it.</summary>
    public string Name { get; internal set; } = "";

    /// <summary>The device called it a console.</summary>
    public bool IsConsole { get; internal set; }

    /// <summary>The host's side is open.</summary>
    public bool IsHostOpen { get; internal set; }

    /// <summary>This side is open.</summary>
    public bool IsOpen { get; private set; }

    /// <summary>Tells the device that this side is open.</summary>
    public void Open() => SetOpen(true);

    /// <summary>Tells the device that this side is closed.</summary>
    public void Close() => SetOpen(false);

    /// <summary>Sends what fits into one free buffer.</summary>
    /// <returns>Bytes taken. 0: the host's side is closed, or every buffer is on its way.</returns>
    public int TryWrite(ReadOnlySpan<byte> bytes)
    {
        TakeTransmitted();
        if (!IsHostOpen || bytes.IsEmpty || _freeTransmit.Count == 0)
        {
            return 0;
        }

        int index = _freeTransmit.Pop();
        int length = Math.Min(bytes.Length, _sizes.TransmitBytes);
        GuestAddress address = At(_transmitStart, index, _sizes.TransmitBytes);
        bytes[..length].CopyTo(_driver.Transport.Memory.Window(address, (ulong)length).Span);
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
        _driver.Transport.Memory.Window(new(address.Value + (ulong)_read), (ulong)length).Span.CopyTo(destination);
        _read += length;
        if (_read == _filled)
        {
            Offer(_current);
            _receive.PublishAndKick();
            _current = -1;
        }

        return length;
    }

    /// <summary>Asks for notifications; true when there is something to do already.</summary>
    internal bool Arm()
    {
        // Or their mere presence would keep a reader, who never looks at them, from sleeping.
        TakeTransmitted();
        bool received = _receive.Ring.EnableNotifications();
        return _transmit.Ring.EnableNotifications() || received || _current >= 0;
    }

    internal void Disarm()
    {
        _receive.Ring.SuppressNotifications();
        _transmit.Ring.SuppressNotifications();
    }

    private static GuestAddress At(GuestAddress start, int index, int size) => new(start.Value + ((ulong)index * (ulong)size));

    private void SetOpen(bool open)
    {
        IsOpen = open;
        _driver.Send(new(Id, Spec.ControlEvent.PortOpen, (ushort)(open ? 1 : 0)));
    }

    private void Offer(int index) =>
        _receive.Ring.TryAdd([], [new DriverBuffer(At(_receiveStart, index, _sizes.ReceiveBytes), (uint)_sizes.ReceiveBytes)], (ulong)index);

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
