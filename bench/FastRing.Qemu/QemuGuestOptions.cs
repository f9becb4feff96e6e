namespace FastRing.Qemu;

/// <summary>What a guest is started with.</summary>
internal sealed record QemuGuestOptions
{
    /// <summary>QEMU's options for devices; the guest's memory is shared and called m0.</summary>
    public IReadOnlyList<string> Devices { get; init; } = [];

    /// <summary>More words for the kernel's command line.</summary>
    public IReadOnlyList<string> KernelArguments { get; init; } = [];

    /// <summary>Ports that have their /dev/virtio-ports/NAME before the guest is ready (it waits 5 s for each).</summary>
    public IReadOnlyList<string> WaitPorts { get; init; } = [];

    /// <summary>The guest's memory in MiB.</summary>
    public int MemoryMiB { get; init; } = 256;
}
