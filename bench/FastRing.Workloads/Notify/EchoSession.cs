using FastRing.Interop;
using FastRing.Queues;
using FastRing.VhostUser.Backend;
using FastRing.VhostUser.Frontend;
using FastRing.Workers;

namespace FastRing.Workloads.Notify;

/// <summary>An <see cref="EchoDevice"/> on a worker of its own, and its driver's end of a vhost-user connection.</summary>
internal sealed class EchoSession : IDisposable
{
    private const ulong MemoryBytes = 1 << 20;

    private readonly EchoDevice _device = new();
    private readonly Worker _worker;
    private readonly VhostUserBackend _backend;
    private readonly FrontendSession _session;
    private readonly FrontendQueue _queue;
    private readonly EventFd _call = EventFd.Create();

    public EchoSession(NotifyPlan plan)
    {
        _worker = new Worker("device", Fail, plan.DeviceCpu);
        (OwnedFd driverEnd, OwnedFd deviceEnd) = UnixSocket.Pair();
        _backend = new VhostUserBackend(_worker, _device, deviceEnd, "notify") { Coalescing = plan.Coalescing };
        _backend.Start();
        _session = new FrontendSession(
            new VhostUserFrontend(driverEnd), MemoryBytes, plan.Ring.Features, memory: new DriverMemoryOptions { Prefault = true });
        _queue = _session.StartQueue(0, plan.Ring.Size);
        UseBlockingCall();
        _worker.InvokeAsync(() => DeviceTime = ThreadTime.OfCurrent()).GetAwaiter().GetResult();
        Driver = new EchoDriver(_queue, _call, _session.Memory);
    }

    public EchoDriver Driver { get; }

    /// <summary>What the device's queue counted.</summary>
    public VirtqueueCounters Counters => _device.Queue!.Counters;

    /// <summary>Processor time of the device's thread.</summary>
    public ThreadTime DeviceTime { get; private set; } = null!;

    /// <summary>How the device's thread waits from here on; it does when this returns.</summary>
    public void Wait(WaitStrategy strategy)
    {
        _worker.WaitStrategy = strategy;
        _worker.InvokeAsync(static () => { }).GetAwaiter().GetResult();
    }

    public void Dispose()
    {
        _session.Dispose();
        _backend.Dispose();
        _worker.Dispose();
        _call.Dispose();
    }

    private static void Fail(Exception fault) => Environment.FailFast("the worker failed", fault);

    /// <summary>
    /// The queue's own descriptor stands in an epoll set, which would make each notification dearer than the eventfd it is compared with. The
    /// backend, which has it once the message is answered, makes it non-blocking for both; nobody but the driver ever waits on it.
    /// </summary>
    private void UseBlockingCall()
    {
        _session.Frontend.SetVringCall(_queue.Index, _call.Fd);
        _call.Fd.SetNonBlocking(false);
    }
}
