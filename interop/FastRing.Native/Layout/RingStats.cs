using System.Runtime.InteropServices;

namespace FastRing.Native.Layout;

/// <summary><c>struct fr_ring_stats</c>: what happened on a ring.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct RingStats : IVersioned
{
    public uint Size;
    public int Error;
    public uint Base;
    public uint Reserved;
    public ulong Chains;
    public ulong Publications;
    public ulong Notifications;
    public ulong NotificationsSuppressed;

    public static string StructName => "fr_ring_stats";

    public static uint FirstSize => 48;
}
