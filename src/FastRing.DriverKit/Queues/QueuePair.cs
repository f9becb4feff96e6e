using FastRing.Memory;
using FastRing.Queues;

namespace FastRing.DriverKit;

/// <summary>
/// Both ends of one ring over one memory: a well-kept driver, and the device that is being tried. 1 MiB of guest memory from
/// address 0 is for buffers, in two adjacent regions; the ring lies in a third one at <see cref="RingAt"/>.
/// </summary>
public sealed class QueuePair : IDisposable
{
    /// <summary>Guest physical address of the ring.</summary>
    public const ulong RingAt = 0x10_0000;

    /// <summary>Bytes for buffers, from guest physical address 0.</summary>
    public const ulong BufferBytes = 0x10_0000;

    /// <summary>Where the first region of buffers ends and the second begins: a buffer over it falls into two pieces.</summary>
    public const ulong Border = 0x8_0000;

    /// <summary>Makes a fresh ring and a device at its beginning.</summary>
    /// <param name="size">Entries of the ring.</param>
    /// <param name="features">The negotiated features; they decide the layout. See <see cref="Spec.VirtioFeatures"/>.</param>
    /// <param name="indirectEntries">Longest indirect table in entries, where indirect descriptors are negotiated.</param>
    /// <exception cref="ArgumentException">There is no such ring.</exception>
    public QueuePair(ushort size, ulong features, int indirectEntries = 8)
    {
        ulong ring = DriverVirtqueue.BytesFor(size, features, indirectEntries);
        Guest = new TestGuest((0, Border), (Border, BufferBytes - Border), (RingAt, ring));
        Setup = RingSetup.At(new GuestAddress(RingAt), size, features);
        Driver = DriverVirtqueue.Create(Guest.Memory, new GuestAddress(RingAt), size, features, indirectEntries);
        Device = Restart(Setup.Base);
    }

    /// <summary>The memory both ends see.</summary>
    public TestGuest Guest { get; }

    /// <summary>Where the ring's areas lie, and its features; the base is that of a fresh ring.</summary>
    public VirtqueueSetup Setup { get; }

    /// <summary>The driver's end.</summary>
    public DriverVirtqueue Driver { get; }

    /// <summary>The device's end.</summary>
    public Virtqueue Device { get; private set; }

    /// <summary>Throws the device's end away and makes another that goes on at <paramref name="base"/>.</summary>
    /// <param name="base">In the form of <see cref="Virtqueue.Base"/>.</param>
    /// <exception cref="InvalidOperationException">The device refuses the ring.</exception>
    public Virtqueue Restart(uint @base)
    {
        VirtqueueError error = Virtqueue.TryCreate(Setup with { Base = @base }, Guest.Memory, out Virtqueue? device);
        return Device = device ?? throw new InvalidOperationException($"the device refuses the ring: {error}");
    }

    /// <summary>Unmaps the memory; neither end may be used any more.</summary>
    public void Dispose() => Guest.Dispose();
}
