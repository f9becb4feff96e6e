using FastRing.Console;
using FastRing.Console.Endpoints.Pipes;
using FastRing.Devices;
using FastRing.Interop;
using FastRing.Memory;
using FastRing.Queues;
using FastRing.Workers;

namespace FastRing.Examples.Vmm;

/// <summary>
/// A virtual machine monitor, as far as its console goes. It owns the guest's memory, runs the device on a thread of its own, and keeps what the guest's driver says of its queues, as the
/// registers of a virtio transport do (virtio 1.2, 4). The device is touched on its worker only.
/// </summary>
internal sealed class Vmm : IDeviceTransport, IDisposable
{
    public const string PortName = "org.example.chat";
    public const int MaxPorts = 2; // 0 is a console's
    public const int MemoryBytes = 4 << 20;

    private readonly Worker _worker;
    private readonly GuestMemory _map;
    private readonly ConsoleDevice _device;
    private readonly List<VmmQueue> _queues = [];

    public Vmm(string name)
    {
        Memory = MemFd.Create(name, MemoryBytes);
        MemFd.AddSeals(Memory, FileSeals.Shrink); // Nobody can take pages away from under the device.
        _map = new GuestMemory(GuestRegion.Map(Memory, 0, MemoryBytes, new GuestAddress(0), new FrontendAddress(0)));

        _worker = new Worker(name, fault => System.Console.Error.WriteLine(fault));
        _device = new ConsoleDevice(_worker, new ConsoleOptions { MaxPorts = MaxPorts, Ports = [new PortOptions(PortName, Pipe)] });
        _device.StartAsync().GetAwaiter().GetResult();
        OnWorker(() =>
        {
            _device.Attached(this);
            _device.FeaturesNegotiated(Features); // Our driver wants them all; a real one writes what it wants.
        });
    }

    public OwnedFd Memory { get; }

    public ulong Features => _device.Features;

    /// <summary>The host's end of the port: an IDuplexPipe, for any thread.</summary>
    public PipeEndpoint Pipe { get; } = new();

    /// <summary>What has reached the guest's memory; what was written to the pipe beyond that waits in it.</summary>
    public int BytesToGuest => (int)_device.FindPort(PortName)!.Counters.BytesToGuest;

    public void StartQueue(in QueueRegisters registers, DriverQueue wires)
    {
        var queue = new VmmQueue(_device, registers, wires);
        _queues.Add(queue);
        OnWorker(() => queue.Start(_worker, _map, Features));
    }

    /// <summary>Stops the device, and says all there is to move besides memory. When this returns, nothing here touches the guest's memory.</summary>
    public (byte[] Device, QueueRegisters[] Queues) Pause()
    {
        byte[] state = [];
        OnWorker(() =>
        {
            _queues.ForEach(queue => queue.Stop());
            state = _device.SaveState();
        });
        return (state, [.. _queues.Select(queue => queue.Registers)]);
    }

    /// <summary>All at once, for a guest that stands still. How to copy one that runs meanwhile, with a DirtyLog, is in FastRing.VhostUser's LiveMigration.</summary>
    public void CopyMemoryTo(Vmm destination) =>
        _map.Window(new GuestAddress(0), MemoryBytes).Span.CopyTo(destination._map.Window(new GuestAddress(0), MemoryBytes).Span);

    /// <summary>Goes on where another monitor's device stopped; the guest's memory is here already.</summary>
    public void Resume(byte[] state, QueueRegisters[] queues, IReadOnlyList<DriverQueue> wires)
    {
        string? why = null;
        OnWorker(() => why = _device.LoadState(state));
        if (why is not null)
        {
            throw new InvalidOperationException($"the device's state is refused: {why}"); // Nothing has changed: the source may go on.
        }

        foreach (QueueRegisters registers in queues)
        {
            StartQueue(registers, wires[registers.Index]);
        }
    }

    public void NotifyConfigChanged() => System.Console.Error.WriteLine("configuration changed"); // A real one raises the configuration interrupt,

    public void QueueBroken(int index, VirtqueueError reason) => System.Console.Error.WriteLine($"queue {index}: {reason}"); // and sets DEVICE_NEEDS_RESET.

    /// <summary>What is used goes last.</summary>
    public void Dispose()
    {
        OnWorker(() => _queues.ForEach(queue => queue.Stop()));
        _device.Dispose();
        _worker.Dispose();
        _map.Dispose();
        Memory.Dispose();
    }

    private void OnWorker(Action action) => _worker.InvokeAsync(action).GetAwaiter().GetResult();
}
