using FastRing.Devices;
using FastRing.Queues;
using FastRing.Spec;

namespace FastRing.EndToEnd;

/// <summary>A device that offers no VERSION_1, so that its driver takes it for one from before virtio 1.0.</summary>
internal sealed class LegacyDevice(IVirtioDevice device) : IVirtioDevice
{
    public uint DeviceId => device.DeviceId;

    public ulong Features => device.Features & ~VirtioFeatures.Version1;

    public int QueueCount => device.QueueCount;

    public int ConfigSize => device.ConfigSize;

    /// <summary>What the driver chose last.</summary>
    public ulong Negotiated { get; private set; }

    public void Attached(IDeviceTransport? transport) => device.Attached(transport);

    public void ReadConfig(int offset, Span<byte> destination) => device.ReadConfig(offset, destination);

    public void WriteConfig(int offset, ReadOnlySpan<byte> source) => device.WriteConfig(offset, source);

    public void FeaturesNegotiated(ulong features)
    {
        Negotiated = features;
        device.FeaturesNegotiated(features);
    }

    public void QueueStarted(int index, Virtqueue queue, bool enabled) => device.QueueStarted(index, queue, enabled);

    public void QueueEnabled(int index, bool enabled) => device.QueueEnabled(index, enabled);

    public void QueueKicked(int index) => device.QueueKicked(index);

    public void QueueStopping(int index) => device.QueueStopping(index);

    public void QueueReset(int index) => device.QueueReset(index);

    public void Reset() => device.Reset();
}
