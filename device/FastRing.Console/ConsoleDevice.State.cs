using FastRing.Console.Ports;
using FastRing.Console.State;
using FastRing.Devices.State;

namespace FastRing.Console;

/// <content>Its state, to be taken along.</content>
public sealed partial class ConsoleDevice : IStatefulDevice
{
    private ulong _negotiated;

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

        var state = new ConsoleState
        {
            Features = _negotiated,
            MaxPorts = _table.Ports.Count,
            Size = _table.Ports[0].Size ?? default,
            IsDriverReady = IsDriverReady,
            Drivers = Drivers,
            Control = _controlReceive.Save(),
            Ports = [.. _table.Slots.ToArray().Select(slot => slot.Save()).OfType<PortState>()],
        };
        return state.Write();
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
            Load(read!, ports);
        }

        return why;
    }

    private bool IsRunning => _controlReceive.Queue is not null || _controlTransmit.IsRunning || Array.Exists(_table.Slots.ToArray(), slot => slot.IsRunning);

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

    private void Load(ConsoleState state, PortState?[] ports)
    {
        Reset();
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
                slot.Load(port);
                slot.Wake();
            }
        }
    }
}
