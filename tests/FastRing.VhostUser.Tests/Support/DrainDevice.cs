using FastRing.Devices;
using FastRing.Queues;
using FastRing.Spec;

namespace FastRing.VhostUser.Tests.Support;

/// <summary>Gives every buffer back as it is: what is measured is all there is. Allocates nothing.</summary>
internal sealed class DrainDevice : IVirtioDevice
{
    private readonly ChainBatch _batch = new(64, ChainDirection.Readable);
    private Virtqueue? _queue;

    public uint DeviceId => 42;

    public ulong Features =>
        VirtioFeatures.Version1 | VirtioFeatures.EventIndex | VirtioFeatures.IndirectDescriptors | VirtioFeatures.RingPacked | VirtioFeatures.InOrder;

    public int QueueCount => 1;

    public int ConfigSize => 0;

    /// <summary>The running queue; on the worker's thread.</summary>
    public Virtqueue Queue => _queue!;

    public void Attached(IDeviceTransport? transport)
    {
    }

    public void ReadConfig(int offset, Span<byte> destination)
    {
    }

    public void WriteConfig(int offset, ReadOnlySpan<byte> source)
    {
    }

    public void FeaturesNegotiated(ulong features)
    {
    }

    public void QueueStarted(int index, Virtqueue queue, bool enabled) => _queue = queue;

    public void QueueEnabled(int index, bool enabled)
    {
    }

    public void QueueKicked(int index)
    {
        do
        {
            _queue!.SuppressNotifications();
            while (_queue.Pop(_batch) > 0)
            {
                _queue.Complete(_batch, _batch.Count);
            }

            _queue.PublishAndNotify();
        }
        while (_queue.EnableNotifications());
    }

    public void QueueStopping(int index)
    {
        _batch.Clear();
        _queue = null;
    }

    public void Reset()
    {
    }
}
