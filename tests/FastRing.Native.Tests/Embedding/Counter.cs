using FastRing.Devices;
using FastRing.Interop;
using FastRing.Queues;
using FastRing.Spec;

namespace FastRing.Native.Tests.Embedding;

/// <summary>A device with one queue that counts the bytes it is given: the loop that docs/embedding.md shows.</summary>
internal sealed class Counter : IVirtioDevice
{
    private readonly ChainBatch _batch = new(maxChains: 64, ChainDirection.Readable);
    private IDeviceTransport? _transport;
    private Virtqueue? _queue;

    public long Bytes { get; private set; }

    public uint DeviceId => 42;

    public ulong Features => VirtioFeatures.Version1 | VirtioFeatures.EventIndex | VirtioFeatures.IndirectDescriptors | VirtioFeatures.RingPacked;

    public int QueueCount => 1;

    public int ConfigSize => 0;

    public void Attached(IDeviceTransport? transport) => _transport = transport;

    public void QueueStarted(int index, Virtqueue queue, bool enabled) => _queue = queue;

    public void QueueKicked(int index)
    {
        if (_queue is not { } queue)
        {
            return; // A late kick of a queue that has stopped.
        }

        do
        {
            queue.SuppressNotifications();
            while (queue.Pop(_batch) > 0)
            {
                nuint taken = 0;
                foreach (IoVector segment in _batch.Segments)
                {
                    taken += segment.Length;
                }

                Bytes += (long)taken;
                queue.Complete(_batch, _batch.Consume(taken));
            }

            queue.PublishAndNotify();
        }
        while (queue.EnableNotifications()); // True: more came meanwhile, and no kick will tell.

        if (queue.Error != VirtqueueError.None)
        {
            _transport!.QueueBroken(index, queue.Error);
        }
    }

    public void QueueStopping(int index)
    {
        _batch.Clear();
        _queue = null;
    }

    public void QueueEnabled(int index, bool enabled)
    {
    }

    public void FeaturesNegotiated(ulong features)
    {
    }

    public void ReadConfig(int offset, Span<byte> destination)
    {
    }

    public void WriteConfig(int offset, ReadOnlySpan<byte> source)
    {
    }

    public void Reset()
    {
    }
}
