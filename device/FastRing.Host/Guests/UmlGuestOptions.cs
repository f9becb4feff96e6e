namespace FastRing.Host.Guests;

/// <summary>What a guest is started with.</summary>
internal sealed record UmlGuestOptions
{
    /// <summary>vhost-user sockets that already listen, one device each; the guest connects to them as it boots.</summary>
    public IReadOnlyList<string> DeviceSockets { get; init; } = [];

    /// <summary>What these devices are (virtio 1.2, 5): consoles, unless said otherwise.</summary>
    public uint DeviceId { get; init; } = 3;

    /// <summary>The guest's memory in MiB. About 35 MiB of it are the kernel's; /tmp and /run may each fill 80 % of what is left.</summary>
    public int MemoryMiB { get; init; } = 128;

    /// <summary>A port to which the guest writes the line <c>hello from Linux VERSION</c> as early in its boot as it can.</summary>
    public string? HelloPort { get; init; }

    /// <summary>Ports that must have their /dev/virtio-ports/NAME before the guest is ready (it waits 5 s). No commas in the names.</summary>
    public IReadOnlyList<string> WaitPorts { get; init; } = [];

    /// <summary>Whether qemu-ga runs while the port org.qemu.guest_agent.0 exists.</summary>
    public bool RunAgent { get; init; } = true;

    /// <summary>A user (alice or bob) who is logged in on tty1, for guest-get-users; null for nobody.</summary>
    public string? LoggedInUser { get; init; } = "alice";

    /// <summary>The only processor the guest may run on; null for any.</summary>
    public int? Processor { get; init; }

    /// <summary>A file that gets everything the guest's console shows; null for none.</summary>
    public string? ConsoleLog { get; init; }

    /// <summary>More words for the kernel command line; later words win, so <c>loglevel=7</c> works.</summary>
    public IReadOnlyList<string> KernelArguments { get; init; } = [];
}
