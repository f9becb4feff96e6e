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

    /// <summary>
    /// Offers <c>VIRTIO_F_ACCESS_PLATFORM</c>: for a device behind an IOMMU of the guest. Not offered unless asked for, as drivers accept it whether there is one or not
    /// (user-mode Linux, which has none, then has no addresses at all).
    /// </summary>
    public bool AccessPlatform { get; init; }

    /// <summary>
    /// Offers <c>VIRTIO_F_ORDER_PLATFORM</c>: drivers then order memory as for hardware. A device in software does not need it and drivers are slower for it;
    /// it is for frontends that pass the queues on to a bus, and to try a driver's way with hardware.
    /// </summary>
    public bool OrderPlatform { get; init; }

    /// <summary>Offers <c>VIRTIO_CONSOLE_F_EMERG_WRITE</c>: a guest can print before it has any queue.</summary>
    public bool EmergencyWrite { get; init; } = true;

    /// <summary>What the guest's driver takes for the order of a <c>RESIZE</c> message's fields.</summary>
    public ResizeOrder ResizeOrder { get; init; } = ResizeOrder.RowsFirst;

    /// <summary>What becomes of conversations when the guest is brought back from a saved state.</summary>
    public RestoredPolicy Restored { get; init; }

    /// <summary>Why a device can't be made of this, or null when it can.</summary>
    public string? WhyInvalid() =>
        WhyInvalid(MaxPorts, [.. Ports.Select(p => (p.Name, p.IsConsole))])
        ?? Ports.Select(p => WhyInvalid(MaxPorts, p)).FirstOrDefault(why => why is not null)
        ?? WhyTaken();

    /// <summary>Why a port can't be given to a device of that many, or null when it can, unless its name or number is taken.</summary>
    internal static string? WhyInvalid(int maxPorts, PortOptions port) =>
        (port.Name is null || port.Endpoint is null ? "a port needs a name, a console's may be empty, and an endpoint" : WhyInvalidPort((port.Name, port.IsConsole)))
        ?? (port.Id is { } id && (id < 0 || id >= maxPorts) ? $"port '{port.Name}': its number is 0 to {maxPorts - 1}, not {id}"
            : port is { Id: 0, IsConsole: false } ? $"port '{port.Name}': number 0 is reserved for a console"
            : port is { Size: not null, IsConsole: false } ? $"port '{port.Name}': only a console has a size"
            : WhyInvalid(port.Limits.ToHost) ?? WhyInvalid(port.Limits.ToGuest));

    private static string? WhyInvalid(RateLimit limit) =>
        limit.BytesPerSecond < 0 || limit.MessagesPerSecond < 0 ? "a limit is not negative" : null;

    private string? WhyTaken()
    {
        int? twice = Ports.Where(p => p.Id is not null).GroupBy(p => p.Id).FirstOrDefault(g => g.Count() > 1)?.Key;
        bool takesZero = Ports.Any(p => p is { IsConsole: true, Id: null or 0 });
        return twice is not null ? $"port number {twice} is used twice"
            : Ports.Count - (takesZero ? 1 : 0) > MaxPorts - 1 ? $"{Ports.Count} ports do not fit: max ports is {MaxPorts}, and port 0 is reserved for a console"
            : null;
    }

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
