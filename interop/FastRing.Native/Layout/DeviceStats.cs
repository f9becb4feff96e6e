using System.Runtime.InteropServices;

namespace FastRing.Native.Layout;

/// <summary><c>struct fr_device_stats</c>: what happened to a device.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct DeviceStats : IVersioned
{
    public uint Size;
    public uint DriverReady;
    public ulong Drivers;
    public ulong ControlReceived;
    public ulong ControlMalformed;
    public ulong ControlUnknown;
    public ulong ControlSent;
    public ulong BrokenQueues;

    public static string StructName => "fr_device_stats";

    public static uint FirstSize => 56;
}
