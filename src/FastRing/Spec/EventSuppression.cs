using System.Runtime.InteropServices;

namespace FastRing.Spec;

/// <summary>What one side of a packed ring wants to be notified of: 4 bytes, little endian (virtio 1.2, 2.8.14).</summary>
/// <remarks><c>struct pvirtq_event_suppress</c></remarks>
[StructLayout(LayoutKind.Sequential, Size = 4)]
public readonly struct EventSuppression
{
    /// <summary>Notify of everything. (<c>RING_EVENT_FLAGS_ENABLE</c>)</summary>
    public const ushort Enable = 0;

    /// <summary>Notify of nothing. (<c>RING_EVENT_FLAGS_DISABLE</c>)</summary>
    public const ushort Disable = 1;

    /// <summary>Notify of the descriptor named; only with <see cref="VirtioFeatures.EventIndex"/>. (<c>RING_EVENT_FLAGS_DESC</c>)</summary>
    public const ushort Descriptor = 2;

    /// <summary>Makes the structure of its fields.</summary>
    public EventSuppression(ushort offsetAndWrap, ushort flags)
    {
        OffsetAndWrap = offsetAndWrap;
        Flags = flags;
    }

    /// <summary>Bits 0-14: a place on the ring; bit 15: the wrap counter there. (<c>desc</c>)</summary>
    public ushort OffsetAndWrap { get; }

    /// <summary>Bits 0-1: one of the constants; the rest is reserved. (<c>flags</c>)</summary>
    public ushort Flags { get; }
}
