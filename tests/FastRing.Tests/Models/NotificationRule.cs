using FastRing.Queues;

namespace FastRing.Tests.Models;

/// <summary>
/// Whether one side asked to be notified of something the other has shown, read from the ring's memory in the specification's words
/// (virtio 1.2, 2.7.7, 2.7.10, 2.8.14 and 2.8.10): by walking over every position shown, with positions that never wrap.
/// </summary>
internal readonly struct NotificationRule(QueuePair pair, RingVariant variant)
{
    private ushort Size => pair.Driver.Size;

    /// <summary>Did the device ask for a kick when the driver's position moves from <paramref name="before"/> to <paramref name="after"/>?</summary>
    public bool DeviceAsked(long before, long after)
    {
        ulong device = pair.Setup.Device.Value;
        return variant.Packed
            ? PackedAsked(device, before, after)
            : SplitAsked(flags: device, eventAt: device + 4 + (8UL * Size), before, after);
    }

    /// <summary>Did the driver ask for a call when the device's position moves from <paramref name="before"/> to <paramref name="after"/>?</summary>
    public bool DriverAsked(long before, long after)
    {
        ulong driver = pair.Setup.Driver.Value;
        return variant.Packed
            ? PackedAsked(driver, before, after)
            : SplitAsked(flags: driver, eventAt: driver + 4 + (2UL * Size), before, after);
    }

    private bool SplitAsked(ulong flags, ulong eventAt, long before, long after)
    {
        if (!variant.EventIndex)
        {
            return (pair.Guest.Read16(flags) & 1) == 0;
        }

        ushort wanted = pair.Guest.Read16(eventAt);
        for (long position = before; position < after; position++)
        {
            if ((ushort)position == wanted)
            {
                return true;
            }
        }

        return false;
    }

    private bool PackedAsked(ulong suppression, long before, long after)
    {
        ushort wanted = pair.Guest.Read16(suppression);
        int flags = pair.Guest.Read16(suppression + 2) & 3;
        if (flags < 2)
        {
            return flags == 0;
        }

        for (long position = before; position < after; position++)
        {
            bool wrap = position / Size % 2 == 0; // The wrap counter starts at 1.
            if ((wanted & 0x7fff) == position % Size && (wanted >> 15 == 1) == wrap)
            {
                return variant.EventIndex;
            }
        }

        return false;
    }
}
