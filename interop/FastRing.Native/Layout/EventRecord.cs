using System.Runtime.InteropServices;

namespace FastRing.Native.Layout;

/// <summary><c>struct fr_event</c>: something happened to a port or a device.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct EventRecord
{
    public uint Size;
    public uint Kind;
    public int Port;
    public uint Reserved;
    public byte* Name;
    public byte* Detail;
}
