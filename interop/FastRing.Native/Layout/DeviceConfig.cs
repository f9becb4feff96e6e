using System.Runtime.InteropServices;

namespace FastRing.Native.Layout;

/// <summary><c>struct fr_device_config</c>: what a device offers, and who is told of its events.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct DeviceConfig : IVersioned
{
    public uint Size;
    public uint MaxPorts;
    public byte* Name;
    public delegate* unmanaged<void*, EventRecord*, void> Event;
    public void* User;
    public uint Flags;
    public uint Reserved;

    public static string StructName => "fr_device_config";

    public static uint FirstSize => 40;
}
