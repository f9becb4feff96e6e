using System.Runtime.InteropServices;

namespace FastRing.Native.Layout;

/// <summary><c>struct fr_port_config</c>: a port and its host's end.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct PortConfig : IVersioned
{
    public uint Size;
    public uint Flags;
    public byte* Name;
    public uint Number;
    public uint Endpoint;
    public byte* Path;
    public EndpointOperations* Operations;
    public void* User;
    public int Fd;
    public uint Reserved;
    public Limits* Limits; // Since 1.1.

    public static string StructName => "fr_port_config";

    public static uint FirstSize => 56;
}
