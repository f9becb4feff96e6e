namespace FastRing.Transports.Pci;

/// <summary>Offsets in the common configuration structure (<c>virtio_pci_common_cfg</c>; virtio 1.2, 4.1.4.3).</summary>
internal static class CommonField
{
    public const int DeviceFeatureSelect = 0;
    public const int DeviceFeature = 4;
    public const int DriverFeatureSelect = 8;
    public const int DriverFeature = 12;
    public const int ConfigMsixVector = 16;
    public const int NumQueues = 18;
    public const int DeviceStatus = 20;
    public const int ConfigGeneration = 21;
    public const int QueueSelect = 22;
    public const int QueueSize = 24;
    public const int QueueMsixVector = 26;
    public const int QueueEnable = 28;
    public const int QueueNotifyOffset = 30;
    public const int QueueDescriptors = 32;
    public const int QueueDriver = 40;
    public const int QueueDevice = 48;
    public const int QueueNotifyData = 56;
    public const int QueueReset = 58;

    /// <summary>Bytes of the structure.</summary>
    public const int Bytes = 60;

    /// <summary>How wide the field there is; 0: there is none. Each is read and written whole, those of 64 bits by halves (virtio 1.2, 4.1.3.1).</summary>
    public static int WidthAt(ulong offset) => offset switch
    {
        DeviceFeatureSelect or DeviceFeature or DriverFeatureSelect or DriverFeature => 4,
        >= QueueDescriptors and < QueueNotifyData when offset % 4 == 0 => 4,
        DeviceStatus or ConfigGeneration => 1,
        ConfigMsixVector or NumQueues or QueueSelect or QueueSize or QueueMsixVector or QueueEnable or QueueNotifyOffset or QueueNotifyData or QueueReset => 2,
        _ => 0,
    };
}
