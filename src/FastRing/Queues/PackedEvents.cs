using System.Runtime.CompilerServices;
using FastRing.Spec;

namespace FastRing.Queues;

/// <summary>The arithmetic of event suppression (virtio 1.2, 2.8.10 and 2.8.14); the structure as one word, desc in the low half.</summary>
internal static class PackedEvents
{
    public const uint Enable = (uint)EventSuppression.Enable << 16;
    public const uint Disable = (uint)EventSuppression.Disable << 16;

    public static uint At(PackedPosition position) => position.Value | ((uint)EventSuppression.Descriptor << 16);

    /// <summary>Whether whoever wrote <paramref name="events"/> is to be notified.</summary>
    /// <param name="events">The structure as read: untrusted. What makes no sense counts as enabled, so that no wake-up is lost.</param>
    /// <param name="now">Where the ring is.</param>
    /// <param name="slots">Descriptors it moved on since the last decision; the size of the ring or more: everything was passed.</param>
    /// <param name="size">Entries of the ring.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsDue<TEventIndex>(uint events, PackedPosition now, uint slots, uint size)
        where TEventIndex : struct, IFeature
    {
        uint flags = (events >> 16) & 3;
        if (flags == EventSuppression.Disable)
        {
            return false;
        }

        return !TEventIndex.IsNegotiated || flags != EventSuppression.Descriptor || Passed(new PackedPosition((ushort)events), now, slots, size);
    }

    private static bool Passed(PackedPosition wanted, PackedPosition now, uint slots, uint size)
    {
        int end = (int)now.Index;
        int place = (int)wanted.Index - (wanted.Wrap == now.Wrap ? 0 : (int)size);
        return wanted.Index >= size || slots >= size || (place >= end - (int)slots && place < end);
    }
}
