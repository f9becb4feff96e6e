using FastRing.Devices;
using FastRing.Interop;
using FastRing.Memory;
using FastRing.Queues;
using FastRing.Workers;

namespace FastRing.Workloads.Ports;

/// <summary>A queue of an <see cref="InProcessTransport"/>. It sleeps between kicks: it is not polled. Worker thread only.</summary>
internal sealed class InProcessQueue : IReadyHandler, INotifier, IDisposable
{
    private readonly IVirtioDevice _device;
    private readonly int _index;
    private readonly DriverQueue _driver;
    private readonly WatchedFd _kick;

    public InProcessQueue(Worker worker, IVirtioDevice device, int index, in VirtqueueSetup setup, GuestMemory memory, DriverQueue driver)
    {
        (_device, _index, _driver, Call) = (device, index, driver, driver.Call);
        VirtqueueError error = Virtqueue.TryCreate(setup, memory, out Virtqueue? queue);
        if (queue is null)
        {
            throw new InvalidOperationException($"no ring: {error}");
        }

        queue.Notifier = this;
        _kick = worker.Watch(driver.Kick.Fd, EpollEvents.In, this);
        queue.EnableNotifications();
        device.QueueStarted(index, queue, enabled: true);
        device.QueueKicked(index);
    }

    /// <summary>Where notifications go.</summary>
    public EventFd Call { get; set; }

    public void OnReady(EpollEvents events)
    {
        _driver.Kick.Drain();
        _device.QueueKicked(_index);
    }

    public void OnFault(Exception fault) => Environment.FailFast($"queue {_index}", fault);

    public void Notify() => Call.Signal();

    public void Dispose()
    {
        _kick.Dispose();
        _device.QueueStopping(_index);
        _driver.Kick.Dispose();
        _driver.Call.Dispose();
    }
}
