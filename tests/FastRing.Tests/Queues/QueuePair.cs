using FastRing.Memory;
using FastRing.Queues;
using FastRing.Spec;
using FastRing.Tests.Memory;
using Xunit;

namespace FastRing.Tests.Queues;

/// <summary>Both ends of one ring, with 1 MiB of guest memory for buffers in two adjacent regions.</summary>
internal sealed class QueuePair : IDisposable
{
    public const ulong RingAt = 0x10_0000;
    public const ulong BufferBytes = 0x10_0000;
    public const ulong Border = 0x8_0000;

    public QueuePair(ushort size, ulong features, int indirectEntries = 8)
    {
        ulong ring = DriverVirtqueue.BytesFor(size, features, indirectEntries);
        Guest = new TestGuest((0, Border), (Border, BufferBytes - Border), (RingAt, ring));
        Layout = SplitRingLayout.At(new GuestAddress(RingAt), size);
        Features = features;
        Driver = DriverVirtqueue.Create(Guest.Memory, new GuestAddress(RingAt), size, features, indirectEntries);
        Device = Restart(0);
    }

    /// <summary>The features a ring may have, two at a time.</summary>
    public static TheoryData<ulong> Variants => [
        0,
        VirtioFeatures.EventIndex,
        VirtioFeatures.IndirectDescriptors,
        VirtioFeatures.EventIndex | VirtioFeatures.IndirectDescriptors,
    ];

    public TestGuest Guest { get; }

    public SplitRingLayout Layout { get; }

    public ulong Features { get; }

    public DriverVirtqueue Driver { get; }

    public Virtqueue Device { get; private set; }

    /// <summary>Throws the device away and makes another that goes on at <paramref name="base"/>.</summary>
    public Virtqueue Restart(uint @base)
    {
        var setup = new VirtqueueSetup(Layout.Size, Layout.Descriptors, Layout.Driver, Layout.Device, @base, Features);
        Assert.Equal(VirtqueueError.None, Virtqueue.TryCreate(setup, Guest.Memory, out Virtqueue? device));
        Device = device!;
        return Device;
    }

    public void Dispose() => Guest.Dispose();
}
