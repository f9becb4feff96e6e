using FastRing.Console;
using FastRing.Console.Endpoints;
using FastRing.Devices;
using FastRing.Queues;
using FastRing.Spec;

namespace FastRing.Fuzz.Consoles;

/// <summary>A console device of its own for each input, of four ports, and the driver's memory. The worker goes round between batches of steps.</summary>
internal abstract class ConsoleTarget(params (ulong Guest, ulong Size)[] regions) : WorkerTarget, IDeviceTransport
{
    protected const int MaxPorts = 4;

    private const int MostSteps = 100;

    private byte[] _input = [];
    private int _at;
    private FaultLogger _logger = new();

    protected TestGuest Guest { get; } = new(regions);

    protected ConsoleDevice Device { get; private set; } = null!;

    protected ulong Features { get; private set; }

    public sealed override void Run(ReadOnlySpan<byte> bytes)
    {
        (_input, _at) = (bytes.ToArray(), 0);
        _logger = new FaultLogger();
        Guest.Clear();
        Device = new ConsoleDevice(
            Worker,
            new ConsoleOptions
            {
                MaxPorts = MaxPorts,
                Ports = [new PortOptions("", new NullEndpoint(), IsConsole: true) { Size = new ConsoleSize(80, 25) }, new PortOptions(KnownPorts.NameOf(1), new EchoEndpoint()) { Id = 1 }, new PortOptions(KnownPorts.NameOf(2), new FuzzEndpoint()) { Id = 2 }],
            },
            _logger);
        Device.StartAsync().GetAwaiter().GetResult();
        OnWorker(RunInput);
        Device.Dispose();
        Must(_logger.Fault is null, $"{_logger.Fault}");
    }

    public override void Dispose()
    {
        base.Dispose();
        Guest.Dispose();
    }

    public void NotifyConfigChanged() => Reach("configuration");

    public abstract void QueueBroken(int index, VirtqueueError reason);

    protected delegate void Steps(ref FuzzInput input);

    /// <summary>The device is new; its features are negotiated.</summary>
    protected abstract void Begin();

    /// <summary>Does something.</summary>
    /// <returns>True: the worker is to go round before the next.</returns>
    protected abstract bool Step(ref FuzzInput input);

    /// <summary>The input is used up.</summary>
    protected abstract Task End();

    /// <summary>Lets the worker do what it has to do.</summary>
    protected static async Task Settle()
    {
        for (int i = 0; i < 4; i++)
        {
            await Round();
        }
    }

    /// <summary>Adds the port of that number, or takes it away.</summary>
    protected void TogglePort(int number)
    {
        if (Device.Ports[number].Endpoint is null)
        {
            Device.AddPort(new PortOptions(KnownPorts.NameOf(number), new FuzzEndpoint()) { Id = number });
            Reach("added");
        }
        else
        {
            Device.RemovePortAsync(Device.Ports[number]);
            Reach("removed");
        }
    }

    protected void SetOpen(int number, bool open) => (Device.Ports[number].Endpoint as FuzzEndpoint)?.SetOpen(open);

    protected void Negotiate(byte which)
    {
        Features = Device.Features & ~(VirtioFeatures.NotifyOnEmpty | VirtioFeatures.RingPacked | VirtioFeatures.EventIndex | VirtioFeatures.IndirectDescriptors | VirtioFeatures.InOrder);
        Features |= ((which & 1) != 0 ? VirtioFeatures.RingPacked : 0) | ((which & 2) != 0 ? VirtioFeatures.EventIndex : 0)
            | ((which & 4) != 0 ? VirtioFeatures.InOrder : 0) | ((which & 8) == 0 ? VirtioFeatures.IndirectDescriptors : 0);
        Device.FeaturesNegotiated(Features);
    }

    private async Task RunInput()
    {
        InputStep(Begin);
        for (int i = 0; i < MostSteps && _at < _input.Length; i++)
        {
            await Round();
            InputStep(RunSteps);
        }

        await Round();
        await End();
        Device.Reset();
        Device.Attached(null);
    }

    private void InputStep(Steps steps)
    {
        var input = new FuzzInput(_input.AsSpan(_at));
        steps(ref input);
        _at = _input.Length - input.Left;
    }

    private void Begin(ref FuzzInput input)
    {
        Device.Attached(this);
        Negotiate(input.Byte());
        Begin();
    }

    private void RunSteps(ref FuzzInput input)
    {
        for (int i = 0; i < MostSteps && !input.IsEmpty; i++)
        {
            if (Step(ref input))
            {
                return;
            }
        }
    }
}
