using System.Numerics;

namespace FastRing.Transports.Pci;

/// <summary>Which structure lies where in the first BAR: each on pages of its own (virtio 1.2, 4.1.4).</summary>
internal readonly struct BarLayout(int queues)
{
    /// <summary>The BAR of virtio's structures.</summary>
    public const int Registers = 0;

    /// <summary>The BAR of the MSI-X table.</summary>
    public const int Msix = 1;

    public const int Common = 0x0000;
    public const int Isr = 0x1000;
    public const int DeviceConfig = 0x2000;
    public const int Notify = 0x3000;

    /// <summary>Each queue has a doorbell of its own, wide enough for notification data (<c>notify_off_multiplier</c>).</summary>
    public const int NotifyMultiplier = sizeof(uint);

    public const int IsrBytes = 1;

    /// <summary>All doorbells.</summary>
    public int NotifyBytes => NotifyMultiplier * Math.Max(queues, 1);

    /// <summary>The whole BAR, a power of two.</summary>
    public int Bytes => (int)BitOperations.RoundUpToPowerOf2((uint)(Notify + NotifyBytes));
}
