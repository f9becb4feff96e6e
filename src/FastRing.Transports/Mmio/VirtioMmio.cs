using System.Buffers.Binary;
using FastRing.Devices;
using FastRing.Memory;
using FastRing.Queues;
using FastRing.Workers;
using static FastRing.Transports.Mmio.MmioRegister;

namespace FastRing.Transports.Mmio;

/// <summary>
/// virtio-mmio (virtio 1.2, 4.2): a device's registers in guest physical memory. The VMM maps the page, and passes on what the guest reads and writes there. Everything
/// of it is for the device's worker's thread.
/// </summary>
/// <remarks>
/// Whatever a guest does, no member throws over it: an access that means nothing reads zeros or changes nothing and is counted (<see cref="TransportCounters.IgnoredAccesses"/>);
/// a queue that can't be used makes the device need a reset. What the device itself throws where it is told of something, <see cref="Read"/> and <see cref="Write"/> throw too.
/// </remarks>
public sealed class VirtioMmio : INotifications, IDisposable
{
    /// <summary>Bytes of the register page that mean something are fewer; this is what is usually mapped.</summary>
    public const int PageBytes = 0x1000;

    private const uint Magic = 0x7472_6976;
    private const uint CurrentVersion = 2;
    private const uint UsedBuffers = 1;
    private const uint ConfigChanged = 2;

    private readonly DeviceRegisters _registers;
    private readonly IInterruptLine _interrupt;
    private uint _deviceFeaturesSelect;
    private uint _driverFeaturesSelect;
    private uint _queueSelect;
    private uint _interruptStatus;

    /// <summary>Puts registers before a device, which is reset.</summary>
    /// <param name="worker">The device's worker.</param>
    /// <param name="device">The device; the caller's.</param>
    /// <param name="interrupt">Where its interrupts go.</param>
    /// <param name="options">Null: as usual.</param>
    public VirtioMmio(Worker worker, IVirtioDevice device, IInterruptLine interrupt, TransportOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(worker);
        ArgumentNullException.ThrowIfNull(device);
        ArgumentNullException.ThrowIfNull(interrupt);
        _interrupt = interrupt;
        _registers = DeviceRegisters.Create(worker, device, this, options);
        _registers.Attach();
    }

    /// <summary>What happened so far.</summary>
    public TransportCounters Counters => _registers.Counters;

    /// <summary>The device status.</summary>
    public DeviceStatus Status => _registers.Status;

    /// <summary>Guest memory; null: there is none. The caller keeps it until it has set another. Queues that run go on in the new one.</summary>
    public GuestMemory? Memory
    {
        get => _registers.Memory;
        set => _registers.ChangeMemory(() => value);
    }

    /// <summary>The guest reads.</summary>
    /// <param name="offset">Where, from the start of the page, in bytes.</param>
    /// <param name="destination">What it gets; little endian, as long as the access is wide.</param>
    public void Read(ulong offset, Span<byte> destination)
    {
        destination.Clear();
        if (offset >= Config)
        {
            _registers.ReadConfig(offset - Config, destination);
        }
        else if (IsRegister(offset, destination.Length))
        {
            BinaryPrimitives.WriteUInt32LittleEndian(destination, ReadRegister((int)offset));
        }
    }

    /// <summary>The guest writes.</summary>
    /// <param name="offset">Where, from the start of the page, in bytes.</param>
    /// <param name="source">What; little endian, as long as the access is wide.</param>
    public void Write(ulong offset, ReadOnlySpan<byte> source)
    {
        if (offset >= Config)
        {
            _registers.WriteConfig(offset - Config, source);
        }
        else if (IsRegister(offset, source.Length))
        {
            WriteRegister((int)offset, BinaryPrimitives.ReadUInt32LittleEndian(source));
        }
    }

    /// <summary>Buffers are available on a queue: what a write to <see cref="QueueNotify"/> says, for VMMs that hear of it another way.</summary>
    public void Notify(int queue) => _registers.Notify((uint)queue);

    /// <summary>The machine is reset.</summary>
    public void Reset() => _registers.Reset();

    /// <summary>Stops the device's queues and lets it go.</summary>
    public void Dispose() => _registers.Dispose();

    void INotifications.NotifyUsed(TransportQueue queue) => Interrupt(UsedBuffers);

    void INotifications.NotifyConfigChanged() => Interrupt(ConfigChanged);

    void INotifications.Reset()
    {
        _deviceFeaturesSelect = _driverFeaturesSelect = _queueSelect = 0;
        Acknowledge(uint.MaxValue);
    }

    private uint ReadRegister(int register) => register switch
    {
        MagicValue => Magic,
        MmioRegister.Version => CurrentVersion,
        DeviceId => _registers.Device.DeviceId,
        VendorId => DeviceRegisters.VendorId,
        DeviceFeatures => _registers.ReadFeatures(_deviceFeaturesSelect),
        QueueSizeMax => Queue is null ? 0u : _registers.MaxQueueSize,
        QueueReady => Queue is { IsEnabled: true } ? 1u : 0,
        InterruptStatus => _interruptStatus,
        MmioRegister.Status => (uint)_registers.Status,
        >= SharedMemory and < QueueReset => uint.MaxValue, // No such region (virtio 1.2, 4.2.2).
        QueueReset => 0, // It is done when the write is.
        ConfigGeneration => _registers.ConfigGeneration,
        _ => Ignored(),
    };

    private void WriteRegister(int register, uint value)
    {
        switch (register)
        {
            case DeviceFeaturesSelect:
                _deviceFeaturesSelect = value;
                break;
            case DriverFeaturesSelect:
                _driverFeaturesSelect = value;
                break;
            case DriverFeatures:
                _registers.WriteDriverFeatures(_driverFeaturesSelect, value);
                break;
            case QueueSelect:
                _queueSelect = value;
                break;
            case QueueNotify:
                _registers.NotifyWith(value);
                break;
            case InterruptAcknowledge:
                Acknowledge(value);
                break;
            case MmioRegister.Status:
                _registers.WriteStatus(value);
                break;
            default:
                WriteQueue(register, value);
                break;
        }
    }

    private void WriteQueue(int register, uint value)
    {
        if (Queue is not { } queue)
        {
            Ignored();
        }
        else if (register == QueueReady)
        {
            SetReady(queue, value);
        }
        else if (register == QueueReset && value == 1)
        {
            _registers.ResetQueue(queue);
        }
        else if (queue.IsEnabled)
        {
            Ignored(); // The driver must not move a queue in use (virtio 1.2, 4.2.2.2).
        }
        else
        {
            SetUp(queue, register, value);
        }
    }

    private void SetUp(TransportQueue queue, int register, uint value)
    {
        switch (register)
        {
            case QueueSize:
                queue.Size = value;
                break;
            case QueueDescriptorsLow or QueueDescriptorsHigh:
                queue.Descriptors = queue.Descriptors.WithHalf(value, isHigh: register == QueueDescriptorsHigh);
                break;
            case QueueDriverLow or QueueDriverHigh:
                queue.Driver = queue.Driver.WithHalf(value, isHigh: register == QueueDriverHigh);
                break;
            case QueueDeviceLow or QueueDeviceHigh:
                queue.Device = queue.Device.WithHalf(value, isHigh: register == QueueDeviceHigh);
                break;
            default:
                Ignored();
                break;
        }
    }

    /// <summary>0 stops the queue, and the driver has it back when it reads 0 (virtio 1.2, 4.2.2).</summary>
    private void SetReady(TransportQueue queue, uint value)
    {
        if (value == 1)
        {
            _registers.Enable(queue);
        }
        else if (value == 0 && queue.IsEnabled)
        {
            queue.Disable();
            _registers.Device.QueueReset(queue.Index);
        }
        else
        {
            Ignored();
        }
    }

    private TransportQueue? Queue => _registers.Queue(_queueSelect);

    /// <summary>Registers are read and written whole (virtio 1.2, 4.2.2.2).</summary>
    private bool IsRegister(ulong offset, int width)
    {
        bool isWhole = width == sizeof(uint) && offset % sizeof(uint) == 0;
        Counters.IgnoredAccesses += isWhole ? 0u : 1;
        return isWhole;
    }

    private uint Ignored()
    {
        Counters.IgnoredAccesses++;
        return 0;
    }

    private void Interrupt(uint cause)
    {
        _interruptStatus |= cause;
        _interrupt.SetLine(asserted: true);
    }

    private void Acknowledge(uint causes)
    {
        _interruptStatus &= ~causes;
        _interrupt.SetLine(_interruptStatus != 0);
    }
}
