using System.Runtime.InteropServices;

namespace FastRing.Native.Layout;

/// <summary><c>struct fr_port_stats</c>: what passed a port.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct PortStats : IVersioned
{
    public uint Size;
    public uint GuestOpen;
    public uint HostOpen;
    public uint Reserved;
    public ulong BytesToHost;
    public ulong BytesToGuest;
    public ulong BytesDiscarded;
    public ulong GuestOpens;

    public static string StructName => "fr_port_stats";

    public static uint FirstSize => 48;
}
