using FastRing.Queues;
using static FastRing.Transports.Pci.CommonField;

namespace FastRing.Transports.Pci;

/// <summary>The common configuration structure (virtio 1.2, 4.1.4.3).</summary>
internal sealed class CommonConfig(DeviceRegisters registers, int vectors)
{
    private uint _deviceFeatureSelect;
    private uint _driverFeatureSelect;
    private ushort _queueSelect;

    /// <summary>The MSI-X vector of configuration changes.</summary>
    public ushort ConfigVector { get; private set; } = TransportQueue.NoVector;

    public void Reset()
    {
        _deviceFeatureSelect = _driverFeatureSelect = 0;
        _queueSelect = 0;
        ConfigVector = TransportQueue.NoVector;
    }

    /// <summary>Reads a field whole.</summary>
    public uint Read(int field) => field switch
    {
        DeviceFeatureSelect => _deviceFeatureSelect,
        DeviceFeature => registers.ReadFeatures(_deviceFeatureSelect),
        DriverFeatureSelect => _driverFeatureSelect,
        DriverFeature => registers.ReadDriverFeatures(_driverFeatureSelect),
        ConfigMsixVector => ConfigVector,
        NumQueues => (uint)registers.Queues.Length,
        CommonField.DeviceStatus => (uint)registers.Status,
        ConfigGeneration => (byte)registers.ConfigGeneration,
        QueueSelect => _queueSelect,
        _ => Queue is { } queue ? Read(queue, field) : 0, // A size of 0: there is no such queue (virtio 1.2, 4.1.4.3.1).
    };

    /// <summary>Writes a field whole.</summary>
    public void Write(int field, uint value)
    {
        switch (field)
        {
            case DeviceFeatureSelect:
                _deviceFeatureSelect = value;
                break;
            case DriverFeatureSelect:
                _driverFeatureSelect = value;
                break;
            case DriverFeature:
                registers.WriteDriverFeatures(_driverFeatureSelect, value);
                break;
            case ConfigMsixVector:
                ConfigVector = Vector(value);
                break;
            case CommonField.DeviceStatus:
                registers.WriteStatus(value);
                break;
            case QueueSelect:
                _queueSelect = (ushort)value;
                break;
            default:
                WriteQueue(field, value);
                break;
        }
    }

    private TransportQueue? Queue => registers.Queue(_queueSelect);

    private uint Read(TransportQueue queue, int field) => field switch
    {
        QueueSize => RingLayout.IsValidSize(queue.Size, registers.DriverFeatures) ? queue.Size : 0, // Nothing else may be presented (virtio 1.2, 4.1.4.3.1).
        QueueMsixVector => queue.Vector,
        QueueEnable => queue.IsEnabled ? 1u : 0,
        QueueNotifyOffset => (uint)queue.Index,
        QueueDescriptors or QueueDescriptors + 4 => queue.Descriptors.Half(field != QueueDescriptors),
        QueueDriver or QueueDriver + 4 => queue.Driver.Half(field != QueueDriver),
        QueueDevice or QueueDevice + 4 => queue.Device.Half(field != QueueDevice),
        _ => 0, // queue_reset: it is done when the write is. queue_notify_data: not offered.
    };

    private void WriteQueue(int field, uint value)
    {
        if (Queue is not { } queue)
        {
            registers.Counters.IgnoredAccesses++;
        }
        else if (field == QueueEnable && value == 1)
        {
            registers.Enable(queue);
        }
        else if (field == QueueReset && value == 1)
        {
            registers.ResetQueue(queue);
        }
        else if (field == QueueMsixVector)
        {
            queue.Vector = Vector(value);
        }
        else if (queue.IsEnabled || !TrySetUp(queue, field, value))
        {
            registers.Counters.IgnoredAccesses++; // A queue in use is not moved, and nothing but a reset disables it (virtio 1.2, 4.1.4.3.2).
        }
    }

    private static bool TrySetUp(TransportQueue queue, int field, uint value)
    {
        switch (field)
        {
            case QueueSize:
                queue.Size = value;
                return true;
            case QueueDescriptors or QueueDescriptors + 4:
                queue.Descriptors = queue.Descriptors.WithHalf(value, field != QueueDescriptors);
                return true;
            case QueueDriver or QueueDriver + 4:
                queue.Driver = queue.Driver.WithHalf(value, field != QueueDriver);
                return true;
            case QueueDevice or QueueDevice + 4:
                queue.Device = queue.Device.WithHalf(value, field != QueueDevice);
                return true;
            default:
                return false;
        }
    }

    /// <summary>A vector there is not reads back as none (virtio 1.2, 4.1.5.1.2.1).</summary>
    private ushort Vector(uint value) => value < (uint)vectors ? (ushort)value : TransportQueue.NoVector;
}
