using System.Buffers.Binary;
using FastRing.Devices;
using FastRing.Memory;
using FastRing.Queues;
using FastRing.Workers;

namespace FastRing.Transports.Pci;

/// <summary>
/// A modern virtio-pci function with MSI-X (virtio 1.2, 4.1): configuration space, a BAR of virtio's structures and one of the MSI-X table. The VMM decides where BARs lie, and
/// passes on what the guest reads and writes. Everything of it is for the device's worker's thread.
/// </summary>
/// <remarks>
/// Whatever a guest does, no member throws over it: an access that means nothing reads zeros or changes nothing and is counted (<see cref="TransportCounters.IgnoredAccesses"/>);
/// a queue that can't be used makes the device need a reset. What the device itself throws where it is told of something, reads and writes throw too.
/// Queues run while the guest lets the function be bus master: a VMM that keeps the command register itself writes it here too.
/// </remarks>
public sealed class VirtioPci : INotifications, IDisposable
{
    /// <summary>Bytes of the configuration space.</summary>
    public const int ConfigBytes = PciConfigSpace.Bytes;

    /// <summary>BARs of a function; most of these are not there.</summary>
    public const int BarCount = 6;

    /// <summary>The most vectors an MSI-X table may have.</summary>
    private const int MaxVectors = 2048;

    private const byte UsedBuffers = 1;
    private const byte ConfigChanged = 2;

    private readonly DeviceRegisters _registers;
    private readonly IPciInterrupts _interrupts;
    private readonly BarLayout _layout;
    private readonly MsixTable _msix;
    private readonly CommonConfig _common;
    private readonly PciConfigSpace _config;
    private byte _isr;

    /// <summary>Makes a function of a device, which is reset.</summary>
    /// <param name="worker">The device's worker.</param>
    /// <param name="device">The device; the caller's.</param>
    /// <param name="interrupts">Where its interrupts go.</param>
    /// <param name="options">Null: as usual.</param>
    public VirtioPci(Worker worker, IVirtioDevice device, IPciInterrupts interrupts, TransportOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(worker);
        ArgumentNullException.ThrowIfNull(device);
        ArgumentNullException.ThrowIfNull(interrupts);
        _interrupts = interrupts;
        _registers = DeviceRegisters.Create(worker, device, this, options);
        _layout = new BarLayout(device.QueueCount);
        _msix = new MsixTable(Math.Min(device.QueueCount + 1, MaxVectors), interrupts);
        _common = new CommonConfig(_registers, _msix.Count);
        _config = new PciConfigSpace(device.DeviceId, _layout, device.ConfigSize, _msix);
        _registers.Attach();
        TakeControls();
    }

    /// <summary>Entries of the MSI-X table: one for each queue, and one for configuration changes.</summary>
    public int VectorCount => _msix.Count;

    /// <summary>What happened so far.</summary>
    public TransportCounters Counters => _registers.Counters;

    /// <summary>The device status.</summary>
    public DeviceStatus Status => _registers.Status;

    /// <summary>Guest memory by the addresses the function uses; null: there is none. The caller keeps it until it has set another. Queues that run go on in the new one.</summary>
    public GuestMemory? Memory
    {
        get => _registers.Memory;
        set => _registers.ChangeMemory(() => value);
    }

    internal DeviceRegisters Registers => _registers;

    /// <summary>How large a BAR is, in bytes; 0: there is none of that number.</summary>
    public int BarBytes(int bar) => bar switch
    {
        BarLayout.Registers => _layout.Bytes,
        BarLayout.Msix => _msix.Bytes,
        _ => 0,
    };

    /// <summary>Where the guest has put a BAR; means something while it has memory space enabled in the command register.</summary>
    public uint BarAddress(int bar) =>
        BarBytes(bar) == 0 ? 0 : BinaryPrimitives.ReadUInt32LittleEndian(_config.Contents[(PciConfigSpace.Bar0 + (bar * sizeof(uint)))..]);

    /// <summary>The guest reads configuration space.</summary>
    /// <param name="offset">Where; what lies outside is zeros.</param>
    /// <param name="destination">What it gets; as many bytes as it is long.</param>
    public void ReadConfig(ulong offset, Span<byte> destination)
    {
        destination.Clear();
        if (!IsWithin(offset, destination.Length, PciConfigSpace.Bytes))
        {
            return;
        }

        if (TouchesWindow((int)offset, destination.Length) && TryWindow(out int bar, out uint at, out int length))
        {
            ReadBar(bar, at, _config.Contents.Slice(_config.Window + 16, length));
        }

        _config.Contents.Slice((int)offset, destination.Length).CopyTo(destination);
    }

    /// <summary>The guest writes configuration space.</summary>
    /// <param name="offset">Where; what lies outside is ignored.</param>
    /// <param name="source">What.</param>
    public void WriteConfig(ulong offset, ReadOnlySpan<byte> source)
    {
        if (!IsWithin(offset, source.Length, PciConfigSpace.Bytes))
        {
            return;
        }

        _config.Write((int)offset, source);
        if (TouchesWindow((int)offset, source.Length) && TryWindow(out int bar, out uint at, out int length))
        {
            WriteBar(bar, at, _config.Contents.Slice(_config.Window + 16, length));
        }

        TakeControls();
    }

    /// <summary>The guest reads a BAR.</summary>
    /// <param name="bar">Which.</param>
    /// <param name="offset">Where in it; what is not there is zeros.</param>
    /// <param name="destination">What it gets; little endian, as long as the access is wide.</param>
    public void ReadBar(int bar, ulong offset, Span<byte> destination)
    {
        destination.Clear();
        if (!IsWithin(offset, destination.Length, BarBytes(bar)))
        {
            return;
        }

        if (IsDeviceConfig(bar, offset))
        {
            _registers.ReadConfig(offset - BarLayout.DeviceConfig, destination);
        }
        else if (destination.Length == sizeof(ulong)) // Fields of 64 bits are two of 32.
        {
            ReadBar(bar, offset, destination[..sizeof(uint)]);
            ReadBar(bar, offset + sizeof(uint), destination[sizeof(uint)..]);
        }
        else if (IsField(bar, offset, destination.Length))
        {
            Span<byte> value = stackalloc byte[sizeof(uint)];
            BinaryPrimitives.WriteUInt32LittleEndian(value, ReadField(bar, (int)offset));
            value[..destination.Length].CopyTo(destination);
        }
    }

    /// <summary>The guest writes a BAR.</summary>
    /// <param name="bar">Which.</param>
    /// <param name="offset">Where in it; what is not there is ignored.</param>
    /// <param name="source">What; little endian, as long as the access is wide.</param>
    public void WriteBar(int bar, ulong offset, ReadOnlySpan<byte> source)
    {
        if (!IsWithin(offset, source.Length, BarBytes(bar)))
        {
            return;
        }

        if (IsDeviceConfig(bar, offset))
        {
            _registers.WriteConfig(offset - BarLayout.DeviceConfig, source);
        }
        else if (source.Length == sizeof(ulong))
        {
            WriteBar(bar, offset, source[..sizeof(uint)]);
            WriteBar(bar, offset + sizeof(uint), source[sizeof(uint)..]);
        }
        else if (IsField(bar, offset, source.Length))
        {
            Span<byte> value = stackalloc byte[sizeof(uint)];
            value.Clear();
            source.CopyTo(value);
            WriteField(bar, (int)offset, BinaryPrimitives.ReadUInt32LittleEndian(value));
        }
    }

    /// <summary>Buffers are available on a queue: what a write to its doorbell says, for VMMs that hear of it another way.</summary>
    public void Notify(int queue) => _registers.Notify((uint)queue);

    /// <summary>Masks or unmasks a vector, for VMMs that keep the MSI-X table themselves (the capability is the function's in any case). Each is masked at first, and after a reset.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such vector.</exception>
    public void SetVectorMasked(int vector, bool masked)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(vector);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(vector, _msix.Count);
        _msix.SetMasked(vector, masked);
    }

    /// <summary>The function is reset, as when the machine is: configuration space and device.</summary>
    public void Reset()
    {
        _config.Reset();
        _msix.Reset();
        _registers.Reset();
        TakeControls();
    }

    /// <summary>Stops the device's queues and lets it go.</summary>
    public void Dispose() => _registers.Dispose();

    void INotifications.NotifyUsed(TransportQueue queue) => Interrupt(UsedBuffers, queue.Vector);

    void INotifications.NotifyConfigChanged() => Interrupt(ConfigChanged, _common.ConfigVector);

    void INotifications.Reset()
    {
        _common.Reset();
        _msix.ClearPending();
        _isr = 0;
        UpdateLine();
    }

    /// <summary>What the command register and the MSI-X capability say, now.</summary>
    private void TakeControls()
    {
        if (_msix.IsEnabled != _config.IsMsixEnabled || _config.IsMsixEnabled)
        {
            _msix.Control(_config.IsMsixEnabled, _config.IsMsixMasked);
        }

        _registers.AllowMemoryAccess((_config.CommandBits & PciConfigSpace.BusMaster) != 0);
        UpdateLine();
    }

    private uint ReadField(int bar, int offset)
    {
        switch (bar, offset)
        {
            case (BarLayout.Msix, _):
                return _msix.Read(offset);
            case (_, BarLayout.Isr):
                return TakeIsr();
            case (_, < CommonField.Bytes):
                return _common.Read(offset);
            default:
                return 0; // A doorbell has nothing to say.
        }
    }

    private void WriteField(int bar, int offset, uint value)
    {
        if (bar == BarLayout.Msix)
        {
            Counters.IgnoredAccesses += _msix.TryWrite(offset, value) ? 0u : 1;
        }
        else if (offset >= BarLayout.Notify)
        {
            _registers.NotifyWith(value, (uint)(offset - BarLayout.Notify) / BarLayout.NotifyMultiplier);
        }
        else if (offset < CommonField.Bytes)
        {
            _common.Write(offset, value);
        }
        else
        {
            Counters.IgnoredAccesses++;
        }
    }

    /// <summary>Reading takes the causes away (virtio 1.2, 4.1.4.5).</summary>
    private byte TakeIsr()
    {
        byte causes = _isr;
        _isr = 0;
        UpdateLine();
        return causes;
    }

    private void Interrupt(byte cause, ushort vector)
    {
        if (!_msix.IsEnabled)
        {
            _isr |= cause;
            UpdateLine();
            return;
        }

        _isr |= (byte)(cause & ConfigChanged); // That one is said there in either case (virtio 1.2, 4.1.4.5.1).
        if (vector != TransportQueue.NoVector)
        {
            _msix.Signal(vector);
        }
    }

    private void UpdateLine()
    {
        bool isPending = _isr != 0 && !_msix.IsEnabled;
        _config.IsInterruptPending = isPending;
        _interrupts.SetLine(isPending && (_config.CommandBits & PciConfigSpace.InterruptDisable) == 0);
    }

    private bool TouchesWindow(int offset, int length) => offset < _config.Window + 20 && offset + length > _config.Window + 16;

    /// <summary>Where the driver has the window look, if it is a place (virtio 1.2, 4.1.4.9).</summary>
    private bool TryWindow(out int bar, out uint offset, out int length)
    {
        ReadOnlySpan<byte> window = _config.Contents[_config.Window..];
        bar = window[4];
        offset = BinaryPrimitives.ReadUInt32LittleEndian(window[8..]);
        uint wanted = BinaryPrimitives.ReadUInt32LittleEndian(window[12..]);
        length = wanted is 1 or 2 or 4 && offset % wanted == 0 ? (int)wanted : 0;
        return length > 0;
    }

    private static bool IsDeviceConfig(int bar, ulong offset) =>
        bar == BarLayout.Registers && offset is >= BarLayout.DeviceConfig and < BarLayout.Notify;

    /// <summary>Each field is accessed whole (virtio 1.2, 4.1.3.1); a doorbell by 16 bits, or 32 where more is said.</summary>
    private bool IsField(int bar, ulong offset, int width)
    {
        bool isField = bar == BarLayout.Msix ? width == sizeof(uint) && offset % sizeof(uint) == 0
            : offset >= BarLayout.Notify ? width is sizeof(ushort) or sizeof(uint) && offset % BarLayout.NotifyMultiplier == 0
            : offset >= BarLayout.Isr ? offset == BarLayout.Isr && width == BarLayout.IsrBytes
            : width != 0 && width == CommonField.WidthAt(offset);
        Counters.IgnoredAccesses += isField ? 0u : 1;
        return isField;
    }

    private bool IsWithin(ulong offset, int length, int bytes)
    {
        bool isWithin = offset <= (ulong)bytes && (ulong)length <= (ulong)bytes - offset;
        Counters.IgnoredAccesses += isWithin ? 0u : 1;
        return isWithin;
    }
}
