using FastRing.Console;
using FastRing.Console.Driver;
using FastRing.Console.Endpoints;
using FastRing.Console.Spec;
using FastRing.Interop;
using FastRing.Workers;

namespace FastRing.Workloads.Ports;

/// <summary>A device of up to 511 ports and its driver, without vhost-user between them; each port is open in the guest and has a unix socket.</summary>
internal sealed class ManyPorts : IPortedGuest, IDisposable
{
    private const ulong PortBytes = 64 << 10; // Four rings, four receive buffers, and what is between them.
    private static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(10);

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("fastring-workload-");
    private readonly Worker _worker = new("device", static fault => Environment.FailFast("the worker failed", fault), Processors.Device);
    private readonly ConsoleDevice _device;
    private readonly InProcessTransport _transport;
    private readonly ConsoleDriver _driver;
    private readonly List<EventFd> _calls = [];

    /// <param name="first">Ports besides the idle ones.</param>
    /// <param name="idle">Idle ports.</param>
    public ManyPorts(IReadOnlyList<PortOptions> first, int idle)
    {
        IEnumerable<PortOptions> others = Enumerable.Range(0, idle).Select(i => new PortOptions($"idle.{i}", new UnixListenEndpoint(Path.Combine(_folder.FullName, $"{i}.sock"))));
        PortOptions[] ports = [new PortOptions("", new NullEndpoint(), IsConsole: true), .. first, .. others];
        _device = new ConsoleDevice(_worker, new ConsoleOptions { MaxPorts = ports.Length, Ports = ports });
        _device.StartAsync().GetAwaiter().GetResult();
        _transport = new InProcessTransport(_device, _worker, DrivenConsole.RingFeatures | ConsoleFeatures.Multiport, (PortBytes * (ulong)ports.Length) + (12 << 20));
        Queues = new RecordedQueues(_transport);
        _driver = new ConsoleDriver(Queues, ports.Length, new DriverBuffers(ReceiveCount: 4, TransmitCount: 0));
        _driver.Start();
        Until(() => _driver.Ports.Count == ports.Length && _driver.Ports.All(p => p.IsConsole || p.Name.Length > 0));
        foreach (DriverPort port in _driver.Ports.Where(p => p.Name.StartsWith("idle", StringComparison.Ordinal)))
        {
            port.Open();
        }
    }

    /// <inheritdoc/>
    public RecordedQueues Queues { get; }

    /// <summary>Runs something where the device lives.</summary>
    public Task RunAsync(Func<Task> program) => _worker.RunAsync(program);

    /// <inheritdoc/>
    public DriverPort Open(string name)
    {
        DriverPort? port = null;
        Until(() => (port = _driver.FindPort(name)) is { IsHostOpen: true });
        port!.Open();
        return port;
    }

    /// <inheritdoc/>
    public EventFd CallOf(int queue)
    {
        var call = EventFd.Create();
        _calls.Add(call);
        _transport.SetCall(queue, call);
        call.Fd.SetNonBlocking(false);
        return call;
    }

    public void Dispose()
    {
        _driver.Dispose();
        _transport.Dispose();
        _device.Dispose();
        _worker.Dispose();
        _calls.ForEach(c => c.Dispose());
        _folder.Delete(recursive: true);
    }

    private void Until(Func<bool> condition)
    {
        while (!condition())
        {
            _driver.Wait(s_look);
            _driver.Poll();
        }
    }
}
