using FastRing.Console;
using FastRing.Console.Driver;
using FastRing.Console.Spec;
using FastRing.Interop;
using FastRing.Queues;
using FastRing.Spec;
using FastRing.VhostUser.Backend;
using FastRing.VhostUser.Frontend;
using FastRing.Workers;

namespace FastRing.Workloads.Ports;

/// <summary>A console device on a worker of its own behind a vhost-user connection, and its driver: all of it in this process.</summary>
internal sealed class DrivenConsole : IPortedGuest, IDisposable
{
    /// <summary>What a Linux driver negotiates for its rings.</summary>
    public const ulong RingFeatures = VirtioFeatures.Version1 | VirtioFeatures.EventIndex | VirtioFeatures.IndirectDescriptors;

    private static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(10);

    private readonly VhostUserBackend _backend;
    private readonly FrontendSession _session;
    private readonly RecordedQueues _queues;
    private readonly List<EventFd> _calls = [];

    /// <param name="ports">The device's ports.</param>
    /// <param name="buffers">What the driver spends on each.</param>
    /// <param name="memoryBytes">The guest's memory.</param>
    /// <param name="coalescing">How the device gathers notifications.</param>
    public DrivenConsole(IReadOnlyList<PortOptions> ports, DriverBuffers buffers, ulong memoryBytes, NotificationCoalescing? coalescing = null)
    {
        Worker = new Worker("device", Fail, Processors.Device);
        Device = new ConsoleDevice(Worker, new ConsoleOptions { MaxPorts = ports.Count + 1, Ports = ports });
        Device.StartAsync().GetAwaiter().GetResult();
        (OwnedFd driverEnd, OwnedFd deviceEnd) = UnixSocket.Pair();
        _backend = new VhostUserBackend(Worker, Device, deviceEnd, "ports") { Coalescing = coalescing ?? NotificationCoalescing.Immediate };
        _backend.Start();
        _session = new FrontendSession(new VhostUserFrontend(driverEnd), memoryBytes, RingFeatures | ConsoleFeatures.Multiport, memory: new DriverMemoryOptions { Prefault = true });
        _queues = new RecordedQueues(_session);
        Driver = new ConsoleDriver(_queues, Device.Ports.Count, buffers);
        Driver.Start();
    }

    public Worker Worker { get; }

    public ConsoleDevice Device { get; }

    public ConsoleDriver Driver { get; }

    /// <inheritdoc/>
    public RecordedQueues Queues => _queues;

    /// <inheritdoc/>
    public DriverPort Open(string name)
    {
        DriverPort? port;
        while ((port = Driver.FindPort(name)) is not { IsHostOpen: true })
        {
            Driver.Wait(s_look);
            Driver.Poll();
        }

        port.Open();
        return port;
    }

    /// <summary>
    /// The queue's own descriptor stands in epoll sets, which would make each notification dearer than a guest's interrupt. The backend makes it
    /// non-blocking for both; nobody but the driver ever waits on it.
    /// </summary>
    public EventFd CallOf(int queue)
    {
        var call = EventFd.Create();
        _calls.Add(call);
        _session.Frontend.SetVringCall(queue, call.Fd);
        call.Fd.SetNonBlocking(false);
        return call;
    }

    /// <summary>Runs a program on the host; where the device lives, if it has to.</summary>
    /// <param name="program">Ends when the device does.</param>
    /// <param name="onWorker">False: on the thread pool.</param>
    public async void Start(Func<Task> program, bool onWorker)
    {
        try
        {
            await (onWorker ? Worker.RunAsync(program) : Task.Run(program)).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            Fail(e); // Nobody waits for it, and its port would stand still.
        }
    }

    /// <summary>How the device's thread waits from here on; it does when this returns.</summary>
    public void Wait(WaitStrategy strategy)
    {
        Worker.WaitStrategy = strategy;
        Worker.InvokeAsync(static () => { }).GetAwaiter().GetResult();
    }

    public void Dispose()
    {
        Driver.Dispose();
        _session.Dispose();
        _backend.Dispose();
        Device.Dispose();
        Worker.Dispose();
        _calls.ForEach(c => c.Dispose());
    }

    private static void Fail(Exception fault) => Environment.FailFast("the worker failed", fault);
}
