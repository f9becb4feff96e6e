using System.Runtime.InteropServices;

namespace FastRing.Native.Layout;

/// <summary><c>struct fr_backend_stats</c>: what frontends did.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct BackendStats : IVersioned
{
    public uint Size;
    public uint Connected;
    public ulong Sessions;
    public ulong Messages;
    public ulong Rejected;
    public ulong BrokenQueues;
    public ulong LostMemories;
    public ulong Notifications;

    public static string StructName => "fr_backend_stats";

    public static uint FirstSize => 56;
}
