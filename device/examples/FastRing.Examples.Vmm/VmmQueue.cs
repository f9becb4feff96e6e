using FastRing.Devices;
using FastRing.Interop;
using FastRing.Memory;
using FastRing.Queues;
using FastRing.Workers;

namespace FastRing.Examples.Vmm;

/// <summary>
/// A queue from the device's side. Its wires are two event descriptors: the driver's doorbell and its interrupt, for which KVM has ioeventfd and irqfd. All but <see cref="Registers"/> is for
/// the worker's thread.
/// </summary>
internal sealed class VmmQueue(IVirtioDevice device, QueueRegisters registers, DriverQueue wires) : IReadyHandler, INotifier
{
    private Virtqueue? _ring;
    private WatchedFd? _doorbell;

    /// <summary>As of the last stop.</summary>
    public QueueRegisters Registers { get; private set; } = registers;

    public void Start(Worker worker, GuestMemory memory, ulong features)
    {
        (int index, RingLayout ring, uint first) = Registers;
        var setup = new VirtqueueSetup(ring.Size, ring.Descriptors, ring.Driver, ring.Device, first, features);
        VirtqueueError error = Virtqueue.TryCreate(setup, memory, out _ring); // The driver's word is checked here, once.
        if (error != VirtqueueError.None)
        {
            throw new InvalidOperationException($"queue {index}: {error}");
        }

        _ring!.Notifier = this;
        _ring.EnableNotifications(); // The device that had the queue before may have wanted none.
        _doorbell = worker.Watch(wires.Kick.Fd, EpollEvents.In, this);
        device.QueueStarted(index, _ring, enabled: true);
        device.QueueKicked(index); // There may be buffers already.
    }

    public void Stop()
    {
        if (_ring is not null)
        {
            _doorbell!.Dispose();
            device.QueueStopping(Registers.Index); // It lets go of the ring, and of the guest's memory;
            _ring.PublishAndNotify();              // what it completed is shown before it is asked how far it got.
            Registers = Registers with { Base = _ring.Base };
            _ring = null;
        }
    }

    public void OnReady(EpollEvents events)
    {
        wires.Kick.Drain();
        device.QueueKicked(Registers.Index);
    }

    public void OnFault(Exception fault) => System.Console.Error.WriteLine(fault);

    public void Notify() => wires.Call.Signal();
}
