namespace FastRing.Transports.Mmio;

/// <summary>Offsets of virtio-mmio's registers (virtio 1.2, 4.2.2), each of 32 bits.</summary>
public static class MmioRegister
{
    /// <summary>"virt". (<c>MagicValue</c>)</summary>
    public const int MagicValue = 0x000;

    /// <summary>2. (<c>Version</c>)</summary>
    public const int Version = 0x004;

    /// <summary>The device's kind (virtio 1.2, 5). (<c>DeviceID</c>)</summary>
    public const int DeviceId = 0x008;

    /// <summary>The device's maker. (<c>VendorID</c>)</summary>
    public const int VendorId = 0x00c;

    /// <summary>Read: 32 feature bits offered. (<c>DeviceFeatures</c>)</summary>
    public const int DeviceFeatures = 0x010;

    /// <summary>Write: which 32. (<c>DeviceFeaturesSel</c>)</summary>
    public const int DeviceFeaturesSelect = 0x014;

    /// <summary>Write: 32 feature bits accepted. (<c>DriverFeatures</c>)</summary>
    public const int DriverFeatures = 0x020;

    /// <summary>Write: which 32. (<c>DriverFeaturesSel</c>)</summary>
    public const int DriverFeaturesSelect = 0x024;

    /// <summary>Write: the queue that the next registers are about. (<c>QueueSel</c>)</summary>
    public const int QueueSelect = 0x030;

    /// <summary>Read: the most entries it may have; 0: there is no such queue. (<c>QueueNumMax</c>)</summary>
    public const int QueueSizeMax = 0x034;

    /// <summary>Write: its entries. (<c>QueueNum</c>)</summary>
    public const int QueueSize = 0x038;

    /// <summary>1: the queue is in use. (<c>QueueReady</c>)</summary>
    public const int QueueReady = 0x044;

    /// <summary>Write: buffers are available on this queue. (<c>QueueNotify</c>)</summary>
    public const int QueueNotify = 0x050;

    /// <summary>Read: 1: used buffers, 2: the configuration changed. (<c>InterruptStatus</c>)</summary>
    public const int InterruptStatus = 0x060;

    /// <summary>Write: what of it was dealt with. (<c>InterruptACK</c>)</summary>
    public const int InterruptAcknowledge = 0x064;

    /// <summary>The device status; 0 written: reset. (<c>Status</c>)</summary>
    public const int Status = 0x070;

    /// <summary>Write: the descriptor area, low half. (<c>QueueDescLow</c>)</summary>
    public const int QueueDescriptorsLow = 0x080;

    /// <summary>Write: the descriptor area, high half. (<c>QueueDescHigh</c>)</summary>
    public const int QueueDescriptorsHigh = 0x084;

    /// <summary>Write: the driver area, low half. (<c>QueueDriverLow</c>)</summary>
    public const int QueueDriverLow = 0x090;

    /// <summary>Write: the driver area, high half. (<c>QueueDriverHigh</c>)</summary>
    public const int QueueDriverHigh = 0x094;

    /// <summary>Write: the device area, low half. (<c>QueueDeviceLow</c>)</summary>
    public const int QueueDeviceLow = 0x0a0;

    /// <summary>Write: the device area, high half. (<c>QueueDeviceHigh</c>)</summary>
    public const int QueueDeviceHigh = 0x0a4;

    /// <summary>First of four that tell length and address of a shared memory region; all ones: there is none. (<c>SHMLenLow</c>)</summary>
    public const int SharedMemory = 0x0b0;

    /// <summary>Write 1: reset the queue, with <see cref="Spec.VirtioFeatures.RingReset"/>. (<c>QueueReset</c>)</summary>
    public const int QueueReset = 0x0c0;

    /// <summary>Read: changes with the configuration. (<c>ConfigGeneration</c>)</summary>
    public const int ConfigGeneration = 0x0fc;

    /// <summary>The device's configuration begins here. (<c>Config</c>)</summary>
    public const int Config = 0x100;
}
