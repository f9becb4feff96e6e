using FastRing.Devices;
using FastRing.Queues;

namespace FastRing.EndToEnd;

/// <summary>A device whose queues a test can get at, to do with them what no device should. All on the worker's thread.</summary>
internal sealed class LentQueues(IVirtioDevice device) : IVirtioDevice
{
    private readonly Virtqueue?[] _queues = new Virtqueue?[device.QueueCount];

    public uint DeviceId => device.DeviceId;

    public ulong Features => device.Features;

    public int QueueCount => device.QueueCount;

    public int ConfigSize => device.ConfigSize;

    /// <summary>A queue that was started.</summary>
    public Virtqueue this[int index] => _queues[index] ?? throw new InvalidOperationException($"queue {index} does not run");

    public void Attached(IDeviceTransport? transport) => device.Attached(transport);

    public void ReadConfig(int offset, Span<byte> destination) => device.ReadConfig(offset, destination);

    public void WriteConfig(int offset, ReadOnlySpan<byte> source) => device.WriteConfig(offset, source);

    public void FeaturesNegotiated(ulong features) => device.FeaturesNegotiated(features);

    public void QueueStarted(int index, Virtqueue queue, bool enabled)
    {
        _queues[index] = queue;
        device.QueueStarted(index, queue, enabled);
    }

    public void QueueEnabled(int index, bool enabled) => device.QueueEnabled(index, enabled);

    public void QueueKicked(int index) => device.QueueKicked(index);

    public void QueueStopping(int index)
    {
        device.QueueStopping(index);
        _queues[index] = null;
    }

    public void QueueReset(int index) => device.QueueReset(index);

    public void Reset() => device.Reset();
}
