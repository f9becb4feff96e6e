using FastRing.Devices;
using FastRing.Interop;
using FastRing.Memory;
using FastRing.Queues;
using FastRing.Spec;

namespace FastRing.Native.Tests.Embedding;

/// <summary>Guest memory with one ring in it, a driver at one side of it and nothing yet at the other.</summary>
internal sealed class Machine : IDeviceTransport, INotifier, IDisposable
{
    public const ulong Size = 1 << 20;
    public const ulong Features = VirtioFeatures.Version1 | VirtioFeatures.EventIndex;
    private const ushort Entries = 16;

    public Machine()
    {
        File = MemFd.Create("guest", Size);
        Memory = new GuestMemory(GuestRegion.Map(File, 0, Size, new GuestAddress(0), new FrontendAddress(0)));
        Driver = DriverVirtqueue.Create(Memory, new GuestAddress(0), Entries, Features);
        RingLayout ring = RingLayout.At(new GuestAddress(0), Entries, Features);
        Setup = new VirtqueueSetup(Entries, ring.Descriptors, ring.Driver, ring.Device, Base: 0, Features);
    }

    public OwnedFd File { get; }

    public GuestMemory Memory { get; }

    public DriverVirtqueue Driver { get; }

    public VirtqueueSetup Setup { get; }

    public int Notifications { get; private set; }

    public VirtqueueError Broken { get; private set; }

    /// <summary>The device's side of the ring.</summary>
    public Virtqueue Start(GuestMemory memory, RingLog? log = null)
    {
        Assert.Equal(VirtqueueError.None, Virtqueue.TryCreate(Setup with { Log = log }, memory, out Virtqueue? queue));
        queue!.Notifier = this;
        return queue;
    }

    public void Notify() => Notifications++;

    public void NotifyConfigChanged()
    {
    }

    public void QueueBroken(int index, VirtqueueError reason) => Broken = reason;

    public void Dispose()
    {
        Memory.Dispose();
        File.Dispose();
    }
}
