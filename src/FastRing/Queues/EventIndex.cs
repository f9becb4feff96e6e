using System.Runtime.CompilerServices;

namespace FastRing.Queues;

/// <summary>The arithmetic of <c>VIRTIO_F_EVENT_IDX</c> (virtio 1.2, 2.7.7.1 and 2.7.10.1).</summary>
internal static class EventIndex
{
    /// <summary>Whether an index that moved from <paramref name="before"/> to <paramref name="now"/> went past <paramref name="wanted"/>.</summary>
    /// <remarks><c>vring_need_event</c>; all arithmetic modulo 65536.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool Passed(ushort wanted, ushort now, ushort before) => (ushort)(now - wanted - 1) < (ushort)(now - before);
}
