using FastRing.Console.Spec;

namespace FastRing.Console.Ports;

/// <summary>The ports of a device by number and by name. Changed on the worker; read by anybody.</summary>
internal sealed class PortTable
{
    private readonly PortSlot[] _slots;
    private readonly Port[] _ports;

    public PortTable(ConsoleDevice device, ConsoleOptions options)
    {
        _slots = [.. Enumerable.Range(0, options.MaxPorts).Select(id => new PortSlot(device, id))];
        _ports = [.. _slots.Select(s => s.Port)];

        // Those with a number of their own first, then the console that gets 0, then the others in their order.
        PortOptions? first = options.Ports.FirstOrDefault(p => p is { IsConsole: true, Id: null });
        foreach (PortOptions port in options.Ports.OrderBy(p => p.Id is not null ? 0 : ReferenceEquals(p, first) ? 1 : 2))
        {
            Add(port);
        }
    }

    /// <summary>By number, those nobody was given included.</summary>
    public IReadOnlyList<Port> Ports => _ports;

    public ReadOnlySpan<PortSlot> Slots => _slots;

    public PortSlot OfQueue(int queue) => _slots[QueueMap.PortOf(queue)];

    /// <summary>The slot a driver means, if there is a port, or it can't know yet that there is none any more.</summary>
    public PortSlot? Find(uint id) => id < (uint)_slots.Length && (!_slots[id].IsVacant || _slots[id].IsUntold) ? _slots[id] : null;

    public Port? Find(string name) => Array.Find(_ports, p => p.Name == name && p.Endpoint is not null);

    /// <summary>Gives the port a number.</summary>
    /// <exception cref="ArgumentException">Its name or number is no good, or taken.</exception>
    /// <exception cref="InvalidOperationException">All numbers are taken.</exception>
    public Port Add(PortOptions options)
    {
        if (ConsoleOptions.WhyInvalid(_slots.Length, options) is { } why)
        {
            throw new ArgumentException(why, nameof(options));
        }

        if (options.Name.Length > 0 && Find(options.Name) is { } other)
        {
            throw new ArgumentException($"port name '{options.Name}' is taken, by port {other.Id}", nameof(options));
        }

        if (Array.Find(_ports, p => ReferenceEquals(p.Endpoint, options.Endpoint)) is { } owner)
        {
            throw new ArgumentException($"port '{options.Name}': its endpoint is that of port {owner.Id} '{owner.Name}'", nameof(options));
        }

        PortSlot slot = _slots[options.Id ?? FreeId(options.IsConsole)];
        if (!slot.IsVacant)
        {
            throw new ArgumentException($"port number {slot.Id} is taken, by '{slot.Port.Name}'", nameof(options));
        }

        slot.Occupy(options);
        return _ports[slot.Id] = slot.Port;
    }

    /// <summary>Takes the port's number from it.</summary>
    /// <exception cref="ObjectDisposedException">It has none any more.</exception>
    /// <exception cref="ArgumentException">It is another device's, or nobody's.</exception>
    public void Remove(Port port)
    {
        ObjectDisposedException.ThrowIf(port.IsRemoved, port);
        if (port.Id >= _slots.Length || _ports[port.Id] != port || port.Endpoint is null)
        {
            throw new ArgumentException($"port {port.Id} '{port.Name}' is none of this device", nameof(port));
        }

        PortSlot slot = _slots[port.Id];
        slot.Vacate();
        _ports[slot.Id] = slot.Port;
    }

    /// <summary>Port 0 is a console's alone.</summary>
    private int FreeId(bool isConsole)
    {
        for (int id = isConsole ? 0 : 1; id < _slots.Length; id++)
        {
            if (_slots[id].IsVacant)
            {
                return id;
            }
        }

        throw new InvalidOperationException($"all {_slots.Length} port numbers are taken (0 is a console's)");
    }
}
