namespace FastRing.Console.Spec;

/// <summary>Feature bits of the console device (virtio 1.2, 5.3.3).</summary>
public static class ConsoleFeatures
{
    /// <summary>cols and rows of the configuration space are valid. (<c>VIRTIO_CONSOLE_F_SIZE</c>, bit 0)</summary>
    public const ulong Size = 1UL << 0;

    /// <summary>A byte written to emerg_wr is output, before any queue runs. (<c>VIRTIO_CONSOLE_F_EMERG_WRITE</c>, bit 2)</summary>
    public const ulong EmergencyWrite = 1UL << 2;

    /// <summary>The device has several ports and the control queues. (<c>VIRTIO_CONSOLE_F_MULTIPORT</c>, bit 1)</summary>
    public const ulong Multiport = 1UL << 1;
}
