using FastRing.Console.Spec;

namespace FastRing.Console;

/// <summary>What a console device is made of.</summary>
public sealed class ConsoleOptions
{
    /// <summary>What log lines call the device.</summary>
    public string Name { get; init; } = "console";

    /// <summary>Ports the driver makes room for, 1 to 511: it sets up 2 x (this + 1) queues whether a port is there or not.</summary>
    public int MaxPorts { get; init; } = 31;

    /// <summary>
    /// The ports. The first console is port 0, all others get the numbers from 1 on in this order: port 0 is reserved for a console,
    /// as in QEMU, because an early console of the guest waits for it.
    /// </summary>
    public IReadOnlyList<PortOptions> Ports { get; init; } = [];

    /// <summary>Offers <c>VIRTIO_F_EVENT_IDX</c>.</summary>
    public bool EventIndex { get; init; } = true;

    /// <summary>Offers <c>VIRTIO_F_INDIRECT_DESC</c>.</summary>
    public bool IndirectDescriptors { get; init; } = true;

    /// <summary>Offers <c>VIRTIO_F_RING_PACKED</c>.</summary>
    public bool PackedRing { get; init; } = true;

    /// <summary>Why a device can't be made of this, or null when it can.</summary>
    public string? WhyInvalid() => WhyInvalid(MaxPorts, [.. Ports.Select(p => (p.Name, p.IsConsole))]);

    /// <summary>As <see cref="WhyInvalid()"/>, before any endpoint is opened.</summary>
    /// <param name="maxPorts">As <see cref="MaxPorts"/>.</param>
    /// <param name="ports">Name and kind of each port.</param>
    public static string? WhyInvalid(int maxPorts, IReadOnlyList<(string Name, bool IsConsole)> ports)
    {
        if (maxPorts is < 1 or > QueueMap.MostPorts)
        {
            return $"max ports is 1 to {QueueMap.MostPorts}, not {maxPorts}";
        }

        int numbered = ports.Count - (ports.Any(p => p.IsConsole) ? 1 : 0);
        if (numbered > maxPorts - 1)
        {
            return $"{numbered} named ports do not fit: max ports is {maxPorts}, and port 0 is reserved for a console";
        }

        return ports.Select(WhyInvalidPort).FirstOrDefault(why => why is not null) ?? WhyNotUnique(ports);
    }

    private static string? WhyInvalidPort((string Name, bool IsConsole) port) =>
        port is { IsConsole: true, Name: "" } || PortName.WhyInvalid(port.Name) is not { } why ? null : $"port '{port.Name}': {why}";

    private static string? WhyNotUnique(IReadOnlyList<(string Name, bool IsConsole)> ports)
    {
        string? twice = ports.Where(p => p.Name.Length > 0).GroupBy(p => p.Name).FirstOrDefault(g => g.Count() > 1)?.Key;
        return twice is null ? null : $"port name '{twice}' is used twice";
    }
}
