using FastRing.Console.Driver;
using FastRing.Console.Ports;
using FastRing.Spec;
using FastRing.Workers;

namespace FastRing.Console.Tests.Support;

/// <summary>A device on a worker of its own, a transport to it, and a driver where one is wanted.</summary>
internal sealed class TestConsole : IDisposable
{
    private const int Rounds = 8;
    private readonly List<Exception> _faults = [];
    private readonly List<ConsoleDevice> _left = [];
    private ConsoleDriver? _driver;

    public TestConsole(params PortOptions[] ports)
        : this(new ConsoleOptions { MaxPorts = Math.Max(4, ports.Length + 1), Ports = ports })
    {
    }

    public TestConsole(ulong features, params PortOptions[] ports)
        : this(new ConsoleOptions { MaxPorts = Math.Max(4, ports.Length + 1), Ports = ports }, features)
    {
    }

    /// <summary>Rings are split unless <paramref name="features"/> say otherwise.</summary>
    public TestConsole(ConsoleOptions options, ulong features = ~VirtioFeatures.RingPacked, ulong memoryBytes = 64 << 20)
    {
        Worker = new Worker("console-test", _faults.Add);
        Device = new ConsoleDevice(Worker, options, Logger);
        Device.StartAsync().GetAwaiter().GetResult();
        Transport = new InProcessTransport(Device, Worker, features, memoryBytes);
    }

    public TestLogger Logger { get; } = new();

    public Worker Worker { get; }

    public ConsoleDevice Device { get; private set; }

    public ConsoleDriver Driver => _driver!;

    public InProcessTransport Transport { get; }

    /// <summary>Runs something where the device lives.</summary>
    public void OnWorker(Action action) => Worker.InvokeAsync(action).GetAwaiter().GetResult();

    /// <summary>Lets the worker go round often enough to have done what it had to do.</summary>
    public void Settle()
    {
        for (int i = 0; i < Rounds; i++)
        {
            OnWorker(static () => { });
        }
    }

    /// <summary>Starts the library's driver and waits until it knows every port.</summary>
    public ConsoleDriver StartDriver(DriverBuffers? buffers = null, ResizeOrder resizeOrder = ResizeOrder.RowsFirst)
    {
        _driver?.Dispose();
        _driver = new ConsoleDriver(Transport, Device.Ports.Count, buffers) { ResizeOrder = resizeOrder };
        _driver.Start();
        int ports = Device.Ports.Count(p => p.Endpoint is not null);
        Until(() => _driver.Ports.Count == ports && Device.Ports.All(p => p.Endpoint is null || p.IsReady), "all ports announced");
        Settle();
        _driver.Poll();
        return _driver;
    }

    /// <summary>The port of that name, opened, with a client at the host's end.</summary>
    public DriverPort Open(string name)
    {
        DriverPort port = _driver!.FindPort(name)!;
        port.Open();
        Until(() => port.IsHostOpen, "host open");
        return port;
    }

    /// <summary>Makes another device, and moves the driver to it.</summary>
    /// <returns>Why that was refused; then the driver is where it was.</returns>
    public string? MoveTo(ConsoleOptions options, Action<byte[]>? state = null)
    {
        var destination = new ConsoleDevice(Worker, options, Logger);
        destination.StartAsync().GetAwaiter().GetResult();
        string? why = Transport.MoveTo(destination, state);
        _left.Add(why is null ? Device : destination);
        Device = why is null ? destination : Device;
        Settle();
        return why;
    }

    /// <summary>The same to a device of so many ports as there are here.</summary>
    public string? MoveTo(params PortOptions[] ports) => MoveTo(new ConsoleOptions { MaxPorts = Device.Ports.Count, Ports = ports });

    /// <summary>Gives the device a port more.</summary>
    public Port Add(PortOptions options) => Device.AddPortAsync(options).GetAwaiter().GetResult();

    /// <summary>Takes a port from the device.</summary>
    public void Remove(Port port) => Device.RemovePortAsync(port).GetAwaiter().GetResult();

    public Port PortOf(string name) => Device.Ports.Single(p => p.Name == name);

    /// <summary>Polls the driver until something is so.</summary>
    public void Until(Func<bool> condition, string what, TimeSpan? deadline = null) => Eventually.Is(
        () =>
        {
            _driver!.Poll();
            return condition();
        },
        what,
        deadline);

    /// <summary>Writes all of it.</summary>
    public void Write(DriverPort port, ReadOnlySpan<byte> bytes)
    {
        int written = 0;
        byte[] all = bytes.ToArray();
        Until(
            () =>
            {
                written += port.TryWrite(all.AsSpan(written));
                return written == all.Length;
            },
            "guest's write");
    }

    /// <summary>Reads exactly that many bytes.</summary>
    public byte[] Read(DriverPort port, int count)
    {
        var bytes = new byte[count];
        int read = 0;
        Until(
            () =>
            {
                read += port.TryRead(bytes.AsSpan(read));
                return read == count;
            },
            "guest's read");
        return bytes;
    }

    public void Dispose()
    {
        IReadOnlyList<Exception> faults = Transport.Faults;
        _driver?.Dispose();
        Transport.Dispose();
        Device.Dispose();
        _left.ForEach(device => device.Dispose());
        Worker.Dispose();
        Assert.Empty(faults);
        Assert.Empty(_faults);
    }
}
