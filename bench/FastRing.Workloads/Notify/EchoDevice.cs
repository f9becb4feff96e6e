using FastRing.Devices;
using FastRing.Interop;
using FastRing.Queues;
using FastRing.Spec;

namespace FastRing.Workloads.Notify;

/// <summary>A device of one queue that copies the readable buffer of each chain into its writable one.</summary>
internal sealed class EchoDevice : IVirtioDevice
{
    private const int BatchSize = 32;

    private readonly ChainBatch _batch = new(BatchSize, ChainDirection.Both);
    private IDeviceTransport? _transport;

    public uint DeviceId => 42; // Of no device in virtio 1.2.

    public ulong Features => VirtioFeatures.Version1 | VirtioFeatures.EventIndex | VirtioFeatures.RingPacked | VirtioFeatures.InOrder;

    public int QueueCount => 1;

    public int ConfigSize => 0;

    /// <summary>The queue, once it was started.</summary>
    public Virtqueue? Queue { get; private set; }

    public void Attached(IDeviceTransport? transport) => _transport = transport;

    public void ReadConfig(int offset, Span<byte> destination) => destination.Clear();

    public void WriteConfig(int offset, ReadOnlySpan<byte> source)
    {
    }

    public void FeaturesNegotiated(ulong features)
    {
    }

    public void QueueStarted(int index, Virtqueue queue, bool enabled) => Queue = queue;

    public void QueueEnabled(int index, bool enabled)
    {
    }

    public void QueueKicked(int index)
    {
        Virtqueue queue = Queue!;
        do
        {
            queue.SuppressNotifications();
            while (queue.Pop(_batch) > 0)
            {
                Echo();
                queue.Complete(_batch, _batch.Count);
                queue.PublishAndNotify();
            }
        }
        while (queue.EnableNotifications());

        if (queue.Error != VirtqueueError.None)
        {
            _transport!.QueueBroken(index, queue.Error);
        }
    }

    public void QueueStopping(int index)
    {
        Queue = null;
        _batch.Clear();
    }

    public void Reset()
    {
    }

    /// <summary>Each chain is a readable buffer and a writable one of the same length: the driver is this program's own.</summary>
    private void Echo()
    {
        for (int i = 0; i < _batch.Count; i++)
        {
            ReadOnlySpan<IoVector> segments = _batch.SegmentsOf(i);
            segments[0].Span.CopyTo(segments[1].Span);
            _batch[i].Written = (uint)segments[1].Length;
        }
    }
}
