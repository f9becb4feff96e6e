using System.Buffers.Binary;
using FastRing.Devices;
using FastRing.Interop;
using FastRing.Memory;
using FastRing.Queues;
using FastRing.Workers;

namespace FastRing.Console.Tests.Support;

/// <summary>One queue of an <see cref="InProcessTransport"/>: both sides of the ring and the descriptors between them.</summary>
internal sealed class TestQueue : IReadyHandler, INotifier
{
    private readonly int _index;
    private IVirtioDevice _device;

    public TestQueue(IVirtioDevice device, int index, DriverVirtqueue ring, RingLayout layout)
    {
        _device = device;
        _index = index;
        Layout = layout;
        Driver = new DriverQueue(ring, EventFd.Create(), EventFd.Create());
    }

    public DriverQueue Driver { get; }

    public RingLayout Layout { get; }

    /// <summary>The device's side while it runs. Worker thread only.</summary>
    public Virtqueue? Device { get; set; }

    public WatchedFd? KickWatch { get; set; }

    /// <summary>Where it stopped.</summary>
    public uint Base { get; set; }

    public ulong Notifications { get; private set; }

    /// <summary>Called on the worker at each notification.</summary>
    public Action? Notified { get; set; }

    public List<Exception> Faults { get; } = [];

    /// <summary>used.idx as it stands in guest memory.</summary>
    public ushort UsedIndex(GuestMemory memory) =>
        BinaryPrimitives.ReadUInt16LittleEndian(memory.Window(new(Layout.Device.Value + 2), 2).Span);

    public void OnReady(EpollEvents events)
    {
        Driver.Kick.Drain();
        _device.QueueKicked(_index);
    }

    /// <summary>Another device has the queue from its next start on.</summary>
    public void MoveTo(IVirtioDevice device) => _device = device;

    public void OnFault(Exception fault) => Faults.Add(fault);

    public void Notify()
    {
        Notifications++;
        Notified?.Invoke();
        Driver.Call.Signal();
    }

    public void Dispose()
    {
        Driver.Kick.Dispose();
        Driver.Call.Dispose();
    }
}
