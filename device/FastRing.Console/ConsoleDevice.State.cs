using System.Globalization;
using FastRing.Console.Ports;
using FastRing.Console.State;
using FastRing.Devices.State;

namespace FastRing.Console;

/// <content>Its state, to be taken along.</content>
public sealed partial class ConsoleDevice : IStatefulDevice
{
    private readonly RestoredPolicy _restored;
    private ulong _negotiated;

    /// <summary>Times this guest went on elsewhere: with every state that is loaded one more. Any thread.</summary>
    public uint Epoch { get; private set; }

    /// <inheritdoc/>
    public int MaxStateBytes => ConsoleState.MaxBytes;

    /// <inheritdoc/>
    /// <exception cref="InvalidOperationException">A queue runs.</exception>
    public byte[] SaveState()
    {
        if (IsRunning)
        {
            throw new InvalidOperationException("a device is saved while its queues are stopped");
        }

        return Save(static slot => slot.Save(), instance: 0).Write();
    }

    /// <inheritdoc/>
    public string? LoadState(ReadOnlySpan<byte> state)
    {
        if (IsRunning)
        {
            return "queues: some are running";
        }

        PortState?[] ports = new PortState?[_table.Slots.Length];
        string? why = ConsoleState.TryRead(state, out ConsoleState? read) ?? WhyNot(read!, ports);
        if (why is null)
        {
            Reset();
            Load(read!, ports, _restored == RestoredPolicy.Restart ? Successor.Restarted : Successor.Restored);
            Epoch = Math.Max(Epoch, read!.Epoch) + 1;
            Keep();
            Raise(PortEventKind.Restored, null, string.Create(CultureInfo.InvariantCulture, $"epoch {Epoch}"));
        }

        return why;
    }

    private bool IsRunning => _recovering is not null || _controlReceive.Queue is not null || _controlTransmit.IsRunning || Array.Exists(_table.Slots.ToArray(), slot => slot.IsRunning);

    private ConsoleState Save(Func<PortSlot, PortState?> save, ulong instance) => new()
    {
        Features = _negotiated,
        MaxPorts = _table.Ports.Count,
        Size = _table.Ports[0].Size ?? default,
        IsDriverReady = IsDriverReady,
        Drivers = Drivers,
        Epoch = Epoch,
        Instance = instance,
        Control = _controlReceive.Save(),
        Ports = [.. _table.Slots.ToArray().Select(save).OfType<PortState>()],
    };

    private string? WhyNot(ConsoleState state, PortState?[] ports)
    {
        if ((state.Features & ~Features) != 0)
        {
            return $"features: 0x{state.Features & ~Features:x} of the state are not offered here";
        }

        if (state.MaxPorts != ports.Length)
        {
            return $"max ports: {state.MaxPorts} in the state, {ports.Length} here";
        }

        foreach (PortState port in state.Ports)
        {
            ports[port.Number] = port;
        }

        foreach (PortSlot slot in _table.Slots)
        {
            if (slot.WhyNot(ports[slot.Id]) is { } why)
            {
                return why;
            }
        }

        return null;
    }

    /// <summary>All that is known of the old device is forgotten already.</summary>
    private void Load(ConsoleState state, PortState?[] ports, Successor whence)
    {
        FeaturesNegotiated(state.Features);
        Drivers = Math.Max(Drivers, state.Drivers);
        IsDriverReady = state.IsDriverReady;
        if (IsDriverReady)
        {
            Raise(PortEventKind.DriverReady, null);
        }

        _controlReceive.Load(state.Control, _table.Slots);
        foreach (PortSlot slot in _table.Slots)
        {
            if (ports[slot.Id] is { } port)
            {
                slot.Load(port, whence);
                slot.Wake();
            }
        }
    }
}
