namespace FastRing.Console.Spec;

/// <summary>Feature bits of the console device (virtio 1.2, 5.3.3).</summary>
public static class ConsoleFeatures
{
    /// <summary>The device has several ports and the control queues. (<c>VIRTIO_CONSOLE_F_MULTIPORT</c>, bit 1)</summary>
    public const ulong Multiport = 1UL << 1;
}
