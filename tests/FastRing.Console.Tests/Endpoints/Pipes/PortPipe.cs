using System.IO.Pipelines;
using FastRing.Console.Driver;
using FastRing.Console.Endpoints;
using FastRing.Console.Endpoints.Pipes;
using FastRing.Console.Ports;

namespace FastRing.Console.Tests.Endpoints.Pipes;

/// <summary>A port, with a guest's driver at the other end. The driver is used by the test's flow alone, whatever thread that is on.</summary>
internal sealed class PortPipe : PipeSubject
{
    private static readonly DriverBuffers s_buffers = new(ReceiveCount: 8, ReceiveBytes: 512, TransmitCount: 8, TransmitBytes: 1000);
    private readonly IDuplexPipe _pipe;
    private readonly string _name;
    private DriverPort _port;
    private readonly Lock _lock = new();
    private bool _isDisposed;

    private PortPipe(IDuplexPipe pipe, ulong features, bool isConsole = false)
    {
        _pipe = pipe;
        _name = isConsole ? "" : "a";
        Console = new TestConsole(features, new PortOptions(_name, Endpoint, isConsole));
        Port = Console.Device.Ports.Single(p => p.Endpoint is not null);
        _port = StartGuest();
    }

    public override PipeReader Input => _pipe.Input;

    public override PipeWriter Output => _pipe.Output;

    public TestConsole Console { get; }

    public Port Port { get; }

    public IHostEndpoint Endpoint => (IHostEndpoint)_pipe;

    public PortSession Session => ((_pipe as InPlacePipeEndpoint)?.Session ?? ((PipeEndpoint)_pipe).Session);

    /// <summary>All of it.</summary>
    public Span<byte> GuestMemory => Console.Transport.Memory.Window(new(0), Console.Transport.Memory.Regions[0].SizeBytes).Span;

    /// <summary>The guest's buffers that a pattern was just sent from.</summary>
    public Span<byte> Sent => GuestMemory.Slice(GuestMemory[..(1 << 20)].IndexOf(Pattern.Bytes(0, 500)), 4000);

    public static PortPipe Copying(PipeEndpointOptions options, PipeScheduler? scheduler = null) => new(new PipeEndpoint(options, scheduler), ~0UL);

    public static PortPipe InPlace(PipeEndpointOptions options, ulong features, bool isConsole = false) =>
        new(new InPlacePipeEndpoint(options), features, isConsole);

    public bool IsGuests(ReadOnlySpan<byte> bytes) => bytes.Overlaps(GuestMemory);

    public override int SendNow(ReadOnlySpan<byte> bytes)
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            return _port.TryWrite(bytes);
        }
    }

    public override int ReceiveNow(Span<byte> bytes)
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            return _port.TryRead(bytes);
        }
    }

    public override async Task EndAsync()
    {
        await Task.Run(Close);
        await SettleAsync();
    }

    /// <summary>The guest opens the port. Not on the worker: its driver spins until that has heard it, which it dealt with by the end.</summary>
    public void Open()
    {
        _port.Open();
        Console.Settle();
    }

    /// <summary>The guest closes the port. Not on the worker.</summary>
    public void Close()
    {
        _port.Close();
        Console.Settle();
    }

    /// <summary>The guest is gone, and its memory too. Not on the worker.</summary>
    public void EndGuest() => Console.Transport.Dispose();

    /// <summary>The guest is reset, and its next driver has the port open.</summary>
    public Task NewGuestAsync() => Task.Run(() =>
    {
        Console.Transport.Reset();
        _port = StartGuest();
    });

    /// <summary>What the guest's driver believes of the host's side.</summary>
    public bool HearsHostOpen()
    {
        Console.Driver.Poll();
        return _port.IsHostOpen;
    }

    public override Task SettleAsync() => Task.Run(Console.Settle);

    public override void Dispose()
    {
        // A test that failed may have left a flow behind it that still sends: the guest's memory goes now.
        lock (_lock)
        {
            _isDisposed = true;
        }

        Console.Dispose();
    }

    protected override Task StartAsync(Func<Task> test) => _pipe is InPlacePipeEndpoint ? Console.Worker.RunAsync(test) : Task.Run(test);

    private DriverPort StartGuest()
    {
        Console.StartDriver(s_buffers);
        return Console.Open(_name);
    }
}
