namespace FastRing.Console.Driver;

/// <summary>A port as the driver sees it. Belongs to the thread of its <see cref="ConsoleDriver"/>.</summary>
public sealed class DriverPort
{
    private readonly ConsoleDriver _driver;

    internal DriverPort(ConsoleDriver driver, uint id, DriverPortBuffers buffers) => (_driver, Id, Buffers) = (driver, id, buffers);

    /// <summary>Number of the port.</summary>
    public uint Id { get; }

    /// <summary>Its name, empty until the device told it.</summary>
    public string Name { get; internal set; } = "";

    /// <summary>The device called it a console.</summary>
    public bool IsConsole { get; internal set; }

    /// <summary>The size of its terminal; null until the device told it.</summary>
    public ConsoleSize? Size { get; internal set; }

    /// <summary>The host's side is open.</summary>
    public bool IsHostOpen { get; internal set; }

    /// <summary>This side is open.</summary>
    public bool IsOpen { get; private set; }

    /// <summary>The device took the port away: nothing can be read nor written any more. One of the same number is another port.</summary>
    public bool IsRemoved { get; private set; }

    internal DriverPortBuffers Buffers { get; }

    /// <summary>Tells the device that this side is open. Nothing, once the port is gone.</summary>
    public void Open() => SetOpen(true);

    /// <summary>Tells the device that this side is closed. Nothing, once the port is gone.</summary>
    public void Close() => SetOpen(false);

    /// <summary>Sends what fits into one free buffer.</summary>
    /// <returns>Bytes taken. 0: the host's side is closed, every buffer is on its way, or the port is gone.</returns>
    public int TryWrite(ReadOnlySpan<byte> bytes) => IsHostOpen ? Buffers.TryWrite(bytes) : 0;

    /// <summary>Takes what the device delivered.</summary>
    /// <returns>Bytes copied; 0: nothing is there, or the port is gone.</returns>
    public int TryRead(Span<byte> destination) => IsRemoved ? 0 : Buffers.TryRead(destination);

    /// <summary>What nobody has read is discarded, as by Linux.</summary>
    internal void Remove()
    {
        IsRemoved = true;
        IsOpen = IsHostOpen = false;
        Buffers.DiscardReceived();
    }

    private void SetOpen(bool open)
    {
        if (!IsRemoved)
        {
            IsOpen = open;
            _driver.Send(new(Id, Spec.ControlEvent.PortOpen, (ushort)(open ? 1 : 0)));
        }
    }
}
