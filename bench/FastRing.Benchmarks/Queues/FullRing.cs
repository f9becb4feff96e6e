using FastRing.DriverKit;
using FastRing.Interop;
using FastRing.Memory;
using FastRing.Queues;
using FastRing.Spec;

namespace FastRing.Benchmarks.Queues;

/// <summary>
/// A ring that 64 chains fill, all of them available, and the device behind it. When the device has given all back, they are made available
/// again by as few stores as the layout allows, so that a round is the device's work and next to nothing else.
/// </summary>
internal abstract class FullRing : IDisposable
{
    /// <summary>Chains on the ring.</summary>
    public const int Chains = 64;

    /// <summary>Bytes of each buffer.</summary>
    public const int BufferBytes = 64;

    private readonly QueuePair _pair;

    private protected FullRing(QueuePair pair) => _pair = pair;

    /// <summary>The device's end.</summary>
    public Virtqueue Device => _pair.Device;

    /// <summary>Makes a ring whose chains are available.</summary>
    /// <param name="ring">Its layout.</param>
    /// <param name="shape">Its chains.</param>
    /// <param name="eventIndex">Negotiate <c>VIRTIO_F_EVENT_IDX</c>.</param>
    /// <param name="acrossRegions">Each buffer lies in another region of guest memory than the one before; else all lie in one.</param>
    public static FullRing Create(RingKind ring, ChainShape shape, bool eventIndex = false, bool acrossRegions = false)
    {
        ulong features = ring.Features();
        features |= eventIndex ? VirtioFeatures.EventIndex : 0;
        features |= shape.IsIndirect() ? VirtioFeatures.IndirectDescriptors : 0;
        var pair = new QueuePair((ushort)(Chains * shape.Slots()), features, shape.Buffers());
        var buffers = new DriverBuffer[shape.Buffers()];
        for (int i = 0; i < Chains * buffers.Length; i++)
        {
            ulong region = acrossRegions && (i & 1) != 0 ? QueuePair.Border : 0;
            buffers[i % buffers.Length] = new DriverBuffer(new GuestAddress(region + ((ulong)i * BufferBytes)), BufferBytes);
            if ((i + 1) % buffers.Length == 0 && !pair.Driver.TryAdd(buffers, [], token: 0))
            {
                throw new InvalidOperationException("the ring is smaller than its chains");
            }
        }

        pair.Driver.Publish();
        return (features & VirtioFeatures.RingPacked) != 0 ? new FullPackedRing(pair) : new FullSplitRing(pair);
    }

    /// <summary>Makes the chains available once more, now that the device has published all of them as used.</summary>
    public abstract void MakeAvailable();

    /// <summary>Asks for a notification of the next chain that is used, as a driver does before it waits.</summary>
    public abstract void WantNotification();

    /// <summary>Asks for no notifications.</summary>
    public void WantNoNotification() => _pair.Driver.SuppressNotifications();

    /// <exception cref="InvalidOperationException">The device took chains for broken: what was measured is not what it is called.</exception>
    public void Dispose()
    {
        VirtqueueError error = Device.Error;
        _pair.Dispose();
        if (error != VirtqueueError.None)
        {
            throw new InvalidOperationException($"the queue is broken: {error}");
        }
    }

    private protected IoVector Window(GuestAddress start, ulong bytes) => _pair.Guest.Memory.Window(start, bytes);
}
