using System.Runtime.InteropServices;

namespace FastRing.Native.Layout;

/// <summary><c>struct fr_ring_config</c>: where a ring lies and what was negotiated.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct RingConfig : IVersioned
{
    public uint Size;
    public uint QueueSize;
    public ulong DescriptorArea;
    public ulong DriverArea;
    public ulong DeviceArea;
    public ulong Features;
    public uint Base;
    public uint Direction;
    public uint Flags;
    public int CallFd;

    public static string StructName => "fr_ring_config";

    public static uint FirstSize => 56;
}
