namespace FastRing.Transports;

/// <summary>How far driver and device have got with each other (virtio 1.2, 2.1).</summary>
[Flags]
public enum DeviceStatus : byte
{
    /// <summary>The device is reset.</summary>
    None = 0,

    /// <summary>The guest has found the device. (<c>ACKNOWLEDGE</c>)</summary>
    Acknowledge = 1,

    /// <summary>The guest knows how to drive it. (<c>DRIVER</c>)</summary>
    Driver = 2,

    /// <summary>The driver is set up. (<c>DRIVER_OK</c>)</summary>
    DriverOk = 4,

    /// <summary>Both agree on the features. (<c>FEATURES_OK</c>)</summary>
    FeaturesOk = 8,

    /// <summary>The device can't go on before a reset; only it sets this. (<c>DEVICE_NEEDS_RESET</c>)</summary>
    NeedsReset = 64,

    /// <summary>The guest has given up on the device. (<c>FAILED</c>)</summary>
    Failed = 128,
}
