using System.Runtime.InteropServices;

namespace FastRing.Native.Layout;

/// <summary><c>struct fr_limits</c>: what may pass a port.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct Limits : IVersioned
{
    public uint Size;
    public uint Reserved;
    public ulong ToHostBytes;
    public ulong ToHostMessages;
    public ulong ToGuestBytes;
    public ulong ToGuestMessages;

    public static string StructName => "fr_limits";

    public static uint FirstSize => 40;
}
